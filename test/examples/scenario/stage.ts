import { type Caller, givenAccount, service } from "../../harness.ts";
import type { Call, Recorder } from "../recorder.ts";
import { ANA, BO, CHLOE, DANA, EVA, FINN, HARBOR, JILL, NOOR, SAMUEL } from "./people.ts";

/** Who plays, and what the parts of the scenario need of each other. */
export interface Stage {
  readonly recorder: Recorder;
  readonly backend: Caller;
  readonly service: Call;
  readonly ana: Call;
  readonly bo: Call;
  readonly chloe: Call;
  readonly dana: Call;
  readonly eva: Call;
  readonly finn: Call;
  readonly noor: Call;
  readonly samuel: Call;
  /** The first clinic. */
  readonly harbor: { readonly clinicId: string };
  readonly shareCode: string;
}

/** Gives everybody an account, and opens the first clinic. */
export async function setStage(recorder: Recorder): Promise<Stage> {
  const backend = await service("clinic-worker");
  const person = async ({ id, email, name }: typeof ANA): Promise<Call> =>
    recorder.as(await givenAccount({ sub: id, email, name }));
  await person(JILL);
  const ana = await person(ANA);
  const { id: clinicId, shareCode } = await ana("CreateClinic", { body: HARBOR });
  return {
    recorder,
    backend,
    service: recorder.as(backend),
    ana,
    bo: await person(BO),
    chloe: await person(CHLOE),
    dana: await person(DANA),
    eva: await person(EVA),
    finn: await person(FINN),
    noor: await person(NOOR),
    samuel: await person(SAMUEL),
    harbor: { clinicId },
    shareCode,
  };
}
