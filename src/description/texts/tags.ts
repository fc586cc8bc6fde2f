/** The tags of the published operations, in the order in which a reader needs them. */
export const TAGS: readonly { name: string; description: string }[] = [
  { name: "Clinics", description: "Clinics, their share codes and patient counts." },
  {
    name: "Settings",
    description:
      "The settings of a clinic: tier, patient limits, MRN rules, EHR, notifications, and who may accept an invitation.",
  },
  {
    name: "Members",
    description:
      "The clinicians of a clinic and their roles. Members have the role `CLINIC_ADMIN` or `CLINIC_MEMBER`; the other " +
      "role is `PRESCRIBER`. In a list of clinicians pending invitations count as clinicians.",
  },
  {
    name: "Invitations",
    description:
      "Invitations of clinicians to a clinic, for the clinic that sends them and for the person who accepts or declines " +
      "them. Errors have a `reason`, and 401 means that the caller may not do this.",
  },
  {
    name: "Confirmations",
    description:
      "Invitations of patients: a person offers a clinic access to their data, and the clinic accepts or declines. Errors " +
      "are as those of invitations.",
  },
  {
    name: "Patients",
    description:
      "A clinic's records of its patients, the permissions they grant, their reviews, data sources and reminders, and the " +
      "TIDE report. The record of a person is separate in each clinic.",
  },
  { name: "Patient tags", description: "The tags of a clinic, and which patients have them." },
  { name: "Sites", description: "The sites of a clinic, at which its patients are." },
  { name: "Reports", description: "PDF reports of a patient's glucose data." },
  {
    name: "Device data",
    description:
      "Data sets and data from diabetes devices. They belong to a person; clinics and people to whom the person has " +
      "granted it see or upload them.",
  },
  {
    name: "Summaries",
    description: "Statistics of a person's device data, which are calculated in the background after every change.",
  },
  {
    name: "Events",
    description:
      "Subscriptions of other systems to what happens in a clinic. Each event is a signed request with ids alone, sent at " +
      "least once and in no order: receivers verify `webhook-signature`, drop a `webhook-id` they had before, and read the " +
      "record as it is now.",
  },
  {
    name: "Audit",
    description:
      "Who has read, changed or been refused what, for the admins of a clinic; for services of all clinics, with the sealed " +
      "exports of the audit trail.",
  },
  { name: "Users", description: "Changes of an account that its clinics have to follow." },
  {
    name: "Merges",
    description: "Merging one clinic into another, with a report beforehand and 30 days to undo it.",
  },
  { name: "FHIR", description: "A read-only view of patients, CGM summaries and reports as FHIR R4." },
  { name: "Migrations", description: "Moving the patients of legacy clinic accounts into clinics." },
  {
    name: "Redox",
    description:
      "The endpoint of Redox, which delivers the orders of EHRs. Redox authenticates with a verification token.",
  },
  {
    name: "Xealth",
    description:
      "The endpoints of Xealth, by which clinicians order and see reports inside an EHR. Xealth authenticates with a bearer " +
      "token.",
  },
  {
    name: "Internal",
    description:
      "Operations for other services, of no use to clinics and patients: whom a message of an EHR is about, and sending data " +
      "to an EHR.",
  },
];
