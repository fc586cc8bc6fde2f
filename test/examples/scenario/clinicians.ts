import { SignJWT } from "jose";
import { vi } from "vitest";
import { servedIn } from "../../served-in.ts";
import { BO, EVA, FINN, ROBOT } from "./people.ts";
import type { Stage } from "./stage.ts";

/** Clinicians of the clinic, a service account among them. */
export async function playClinicians({ recorder, backend, service, ana, bo, harbor: path }: Stage): Promise<void> {
  const here = { ...path, clinicianId: BO.id };
  await service("CreateClinician", { path, body: { ...BO, roles: ["CLINIC_MEMBER"] } });
  await ana("GetClinician", { path: here });
  await ana("UpdateClinician", { path: here, body: { ...BO, roles: ["CLINIC_MEMBER", "PRESCRIBER"] } });
  await ana("ListClinicians", { path, query: { limit: 10 } });
  await bo("ListClinicsForClinician", { path: { userId: BO.id } });
  await service("ListAllClinicians", { query: { offset: 0, limit: 10 } });

  const idToken = await new SignJWT({ sub: ROBOT.id }).setProtectedHeader({ alg: "HS256" }).sign(new Uint8Array(32));
  const identity = vi
    .spyOn(globalThis, "fetch")
    .mockImplementation(async () => Response.json({ access_token: "a", id_token: idToken }));
  const through = servedIn({ ...recorder.variables, SERVICE_ACCOUNT_TOKEN_ENDPOINT: "https://identity.test/token" });
  const account = { name: ROBOT.name, client_id: ROBOT.clientId, client_secret: ROBOT.secret };
  await recorder.as({ token: backend.token, through })("AddServiceAccount", { path, body: account });
  identity.mockRestore();
  await ana("DeleteClinician", { path: { ...path, clinicianId: ROBOT.id } });
}

/** Invitations to clinicians: from the clinic's side, from theirs, and from that of other services. */
export async function playInvitations({ service, ana, eva, finn, harbor: path }: Stage): Promise<void> {
  const invite = async (email: string) => {
    const { inviteId } = await ana("InviteClinician", { path, body: { email, roles: ["CLINIC_MEMBER"] } });
    return { ...path, inviteId: inviteId as string };
  };
  const accepted = await invite(EVA.email);
  await ana("GetClinicianInvite", { path: accepted });
  await ana("ResendInvite", { path: accepted });
  await eva("ListClinicianInvites", { path: { userId: EVA.id } });
  await eva("AcceptClinicianInvite", { path: { userId: EVA.id, inviteId: accepted.inviteId } });
  const dismissed = await invite(FINN.email);
  await finn("DismissClinicianInvite", { path: { userId: FINN.id, inviteId: dismissed.inviteId } });
  await ana("DeleteInvite", { path: await invite("canceled@example.com") });
  const linked = await invite("linked@example.com");
  await service("GetInvitedClinician", { path: linked });
  await service("AssociateClinicianToUser", { path: linked, body: { userId: FINN.id } });
  await service("DeleteInvitedClinician", { path: await invite("removed@example.com") });
}
