/** Files of their own because the pages' content security policy allows nothing inside a page. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f3f5f7; --sheet: #fff; --text: #1d2733; --quiet: #46535f; --line: #d6dce2; --border: #6b7883;
  --link: #14508a; --button: #14508a; --focus: #c25e00; --problem: #a4231c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10161c; --sheet: #19222b; --text: #e3e9ee; --quiet: #a9b6c2; --line: #35424e; --border: #7b8a97;
    --link: #8fc1f2; --button: #1f5f9f; --focus: #f0a04b; --problem: #f0837b;
  }
}
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, "Segoe UI", Roboto, Arial, sans-serif; }
header { background: #14324a; color: #fff; }
header a { color: #fff; }
header nav, main { box-sizing: border-box; max-width: 60rem; margin: 0 auto; padding: 0.75rem 1.25rem; }
header nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; align-items: baseline; }
header strong { font-size: 1.25rem; margin-right: auto; }
main { padding-top: 1.5rem; padding-bottom: 3rem; }
h1 { margin: 0 0 1rem; font-size: 1.6rem; }
h2 { margin: 1.5rem 0 0.5rem; font-size: 1.15rem; }
a { color: var(--link); }
a:focus-visible, :is(button, input, select, summary, textarea):focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1.25rem; top: 0.5rem; padding: 0.5rem 0.75rem; background: var(--sheet); color: var(--link); }
table { width: 100%; border-collapse: collapse; background: var(--sheet); }
caption { text-align: left; padding: 0.25rem 0; color: var(--quiet); }
th, td { padding: 0.5rem 0.75rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { overflow-wrap: normal; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem; margin: 0 0 1rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
iframe { box-sizing: border-box; width: 100%; height: 34rem; border: 1px solid var(--border); background: var(--sheet); }
pre { padding: 1rem; background: var(--sheet); border: 1px solid var(--border); white-space: pre-wrap; overflow-wrap: anywhere; }
fieldset { margin: 0 0 1rem; padding: 0.75rem 1rem; border: 1px solid var(--border); background: var(--sheet); }
legend { font-weight: 600; }
label { display: block; margin: 0.35rem 0; }
label.field { max-width: 26rem; }
label.field input { display: block; box-sizing: border-box; width: 100%; padding: 0.4rem 0.5rem; font: inherit; }
textarea { box-sizing: border-box; width: 100%; height: 9rem; padding: 0.5rem; font: 0.85rem/1.4 ui-monospace, monospace; }
button { padding: 0.5rem 1rem; border: 0; border-radius: 4px; background: var(--button); color: #fff; font: inherit; font-weight: 600; cursor: pointer; }
button.plain { border: 1px solid var(--link); background: var(--sheet); color: var(--link); }
summary { cursor: pointer; }
.columns { display: grid; align-items: end; gap: 0 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 14rem), 1fr)); }
label.field select { display: block; box-sizing: border-box; width: 100%; padding: 0.4rem 0.5rem; font: inherit; }
.columns :is(input, select) { height: 2.5rem; }
label[hidden] { display: none; }
.detail { display: block; color: var(--quiet); font-size: 0.875rem; }
.hint { margin: 0 0 0.5rem; color: var(--quiet); }
.note { padding: 0.5rem 0.75rem; border-left: 4px solid var(--link); background: var(--sheet); }
.problem { padding: 0.5rem 0.75rem; border-left: 4px solid var(--problem); background: var(--sheet); }
@media (max-width: 36rem) {
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin: 0 0 0.5rem; }
  th, td { padding: 0.4rem; }
}
`;

export const COPY_SCRIPT = `
const token = document.getElementById("token");
const told = document.getElementById("told");
document.getElementById("copy").addEventListener("click", async () => {
  token.select();
  try {
    // Some browsers never answer, as long as nobody says whether the page may.
    const noAnswer = new Promise((_, reject) => setTimeout(reject, 2000));
    await Promise.race([navigator.clipboard.writeText(token.value), noAnswer]);
    told.textContent = "Copied.";
  } catch {
    told.textContent = "The token is selected: copy it with the keyboard.";
  }
});
`;
