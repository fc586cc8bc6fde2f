import { Argument, type Command } from "commander";
import { getClinic, type TierV1, updateTier } from "../client/index.ts";
import { action, idArgument, type Surroundings } from "./command.ts";
import { EXIT } from "./exit-status.ts";
import { json } from "./io.ts";

const TIERS = ["tier0100", "tier0200", "tier0300", "tier0400"] as const satisfies readonly TierV1[];

export function addTier(program: Command, surroundings: Surroundings): void {
  const tier = program.command("tier").description("the tier of a clinic");
  tier
    .command("set")
    .description("moves a clinic to a tier: 0100 free, 0200 standard, 0300 premium, 0400 enterprise")
    .argument("<clinicId>", "the clinic", idArgument)
    .addArgument(new Argument("<tier>", "its new tier").choices(TIERS))
    .action(
      action<[string, TierV1]>(surroundings, async ({ client, io, isJson }, clinicId, wanted) => {
        const { name, tier: before } = await getClinic({ client, path: { clinicId }, signal: io.stop });
        if (before !== wanted) await updateTier({ client, path: { clinicId }, body: { tier: wanted } });
        if (isJson) io.out(json({ clinicId, before, tier: wanted }));
        else if (before === wanted) io.out(`${name || clinicId} is in ${wanted} already\n`);
        else io.out(`${name || clinicId}: ${before} → ${wanted}\n`);
        return EXIT.done;
      }),
    );
}
