/** A batch blocks all other queries of the database: a step of this length is hardly noticed. */
const STEP_MS = 25;
const PATIENTS_FIRST = 50;
const PATIENTS_MIN = 20;
/** The most a step moves, however fast the database is. */
const PATIENTS_MAX = 1000;
/** A step that was slow for once does not slow down all that follow. */
const CHANGE_MAX = 1.5;

/** How many patients a step moves: as many as the database has taken a small, even time for. */
export class Pace {
  #patients = PATIENTS_FIRST;

  get patientsPerStep(): number {
    return this.#patients;
  }

  /** Records how long the database took for a step of `patients` patients. */
  took(patients: number, ms: number): void {
    const fitting = (patients * STEP_MS) / Math.max(ms, 0.1);
    const bounded = Math.min(this.#patients * CHANGE_MAX, Math.max(this.#patients / CHANGE_MAX, fitting));
    this.#patients = Math.round(Math.min(PATIENTS_MAX, Math.max(PATIENTS_MIN, bounded)));
  }
}
