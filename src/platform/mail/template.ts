import type { MailSettings } from "../core/settings.ts";
import { type Content, layOut, nameInText, oneLine } from "./layout.ts";

/** The input of a template. */
export interface Given {
  /** A variable on one line, or the fallback when it is missing or empty. */
  readonly value: (name: string, otherwise: string) => string;
  /** A name, sanitised for a sentence, or the fallback when nothing remains. */
  readonly name: (name: string, otherwise: string) => string;
  readonly productName: string;
  readonly webAppUrl: string;
}

export type Template = (given: Given) => Content;

/** The action of a mail that links to the web application. */
export const signIn = ({ webAppUrl }: Given) => ({ label: "Sign in", url: `${webAppUrl}/login` });

/** A path of the web application, each segment percent-encoded. */
export const webPath = (path: string): string => path.split("/").filter(Boolean).map(encodeURIComponent).join("/");

/** Renders a template with its variables, which are escaped in the subject and in both parts. */
export function renderMail(template: Template, variables: Readonly<Record<string, unknown>>, settings: MailSettings) {
  const value = (name: string, otherwise: string): string => {
    const given = variables[name];
    return (typeof given === "string" && oneLine(given)) || otherwise;
  };
  const name = (variable: string, otherwise: string): string => nameInText(value(variable, "")) || otherwise;
  const { productName, webAppUrl } = settings;
  return layOut(template({ value, name, productName, webAppUrl }), settings);
}
