import type { MailSettings } from "../core/settings.ts";
import { type Content, layOut, nameInText, oneLine } from "./layout.ts";

/** What a template makes its mail from. */
export interface Given {
  /** A variable in one line; the other text where it is missing or empty. */
  readonly value: (name: string, otherwise: string) => string;
  /** A variable that names somebody, as it may stand in a sentence; the other text where nothing of it is left. */
  readonly name: (name: string, otherwise: string) => string;
  readonly productName: string;
  readonly webAppUrl: string;
}

export type Template = (given: Given) => Content;

/** The action of a mail that leads to the web application. */
export const signIn = ({ webAppUrl }: Given) => ({ label: "Sign in", url: `${webAppUrl}/login` });

/** A path of the web application, each part encoded. */
export const webPath = (path: string): string => path.split("/").filter(Boolean).map(encodeURIComponent).join("/");

/** A mail with its variables. Whatever they hold is text, in the subject and in both parts. */
export function renderMail(template: Template, variables: Readonly<Record<string, unknown>>, settings: MailSettings) {
  const value = (name: string, otherwise: string): string => {
    const given = variables[name];
    return (typeof given === "string" && oneLine(given)) || otherwise;
  };
  const name = (variable: string, otherwise: string): string => nameInText(value(variable, "")) || otherwise;
  const { productName, webAppUrl } = settings;
  return layOut(template({ value, name, productName, webAppUrl }), settings);
}
