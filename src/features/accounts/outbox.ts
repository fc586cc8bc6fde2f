import type { OutboxSlice } from "../../platform/outbox/registry.ts";
import { prepareClaimMail } from "./claim-mail.ts";
import { closeAccount } from "./close-account.ts";
import { copyToProfile } from "./copy-to-profile.ts";
import { CLOSE_ACCOUNT, COPY_TO_PROFILE, MOVE_ADDRESS } from "./jobs.ts";
import { moveAddress } from "./move-address.ts";
import { ACCOUNT_CLAIM, ACCOUNT_CLAIM_REMINDER, accountClaim, accountClaimReminder } from "./mails.ts";

export const outbox: OutboxSlice = {
  preparedMails: [
    [ACCOUNT_CLAIM, prepareClaimMail(accountClaim)],
    [ACCOUNT_CLAIM_REMINDER, prepareClaimMail(accountClaimReminder)],
  ],
  jobs: [
    [COPY_TO_PROFILE, copyToProfile],
    [CLOSE_ACCOUNT, closeAccount],
    [MOVE_ADDRESS, moveAddress],
  ],
};
