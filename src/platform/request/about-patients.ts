const PATHS =
  /\/(?:patients|patient_(?:merges|tags)|sites|users|summaries|tide_report|reports|data|data_?sets|R4|audit|merges?|match|sync|confirm)\b/;

/** Whether operations at a path show or change patients' records, or who has seen them: refusals are recorded in the audit trail. */
export const isAboutPatients = (path: string): boolean => PATHS.test(path);
