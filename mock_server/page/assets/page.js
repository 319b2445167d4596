// The page in the browser: forms and buttons send requests to the public calls under /__mock/, and show the response.
(() => {
  "use strict";

  const TOKEN = "callcamp-mock-admin-token";
  const root = () => document.body.dataset.api;
  const token = () => sessionStorage.getItem(TOKEN);
  const authorization = () => (token() ? { Authorization: `Bearer ${token()}` } : {});

  function toast(text, kind = "") {
    const box = document.createElement("div");
    box.className = `toast ${kind}`;
    box.textContent = text;
    document.getElementById("toasts").append(box);
    setTimeout(() => box.remove(), kind === "bad" ? 8000 : 3000);
  }

  // A JSON value from a form: the data-at of each control (a JSON Pointer) says where its value belongs.
  function valueOf(control) {
    const kind = control.dataset.kind;
    const text = control.type === "checkbox" ? String(control.checked) : control.value;
    if (text === "" && control.dataset.empty === "null") return null;
    if (text === "") return undefined;
    if (kind === "text") return text;
    try {
      return JSON.parse(text);
    } catch {
      return text; // The mock says what is wrong with it, as with any other client.
    }
  }

  function put(body, pointer, value) {
    if (pointer === "") return Object.assign(body, value);
    const names = pointer.slice(1).split("/").map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = names.pop();
    const inner = names.reduce((at, name) => (at[name] ??= {}), body);
    if (last === "-") inner.push(value); // RFC 6901, section 4: the element after the last.
    else inner[last] = value;
  }

  function bodyOf(form) {
    const body = {};
    for (const control of form.querySelectorAll("[data-at]")) {
      if (control.disabled || (control.type === "radio" && !control.checked)) continue;
      const value = valueOf(control);
      if (value !== undefined) put(body, control.dataset.at, control.dataset.prefix ? control.dataset.prefix + value : value);
    }
    return body;
  }

  function clearProblems(form) {
    form.querySelectorAll(".problem").forEach((message) => (message.textContent = ""));
    form.querySelectorAll("[aria-invalid]").forEach((control) => control.removeAttribute("aria-invalid"));
  }

  function showProblems(form, said) {
    const others = [];
    for (const problem of said.problems ?? []) {
      const controls = [...form.querySelectorAll("[data-at]")];
      const control = controls.find(({ dataset: { at } }) => at && (problem.path === at || problem.path.startsWith(`${at}/`)));
      const message = control && form.querySelector(`#${CSS.escape(`${control.id}-problem`)}`);
      if (!message) {
        others.push(`${problem.path || "The whole"}: ${problem.message}`);
        continue;
      }
      control.setAttribute("aria-invalid", "true");
      const inner = problem.path.slice(control.dataset.at.length);
      message.textContent = [message.textContent, inner, problem.message].filter(Boolean).join(" ");
    }
    const summary = form.querySelector(".problem.summary") ?? form.querySelector(".problem:not([id])");
    const text = [...(said.problems?.length && !others.length ? [] : [said.error]), ...others].filter(Boolean).join(" ");
    if (summary && text) summary.textContent = text;
    else if (text) toast(text, "bad");
    form.querySelector("[aria-invalid]")?.focus();
  }

  async function send(method, url, body, type = "application/json") {
    const headers = { Accept: "application/json", ...authorization() };
    if (body !== undefined) headers["Content-Type"] = type;
    let response;
    try {
      response = await fetch(url, { method, headers, body });
    } catch {
      return { ok: false, said: { error: "The mock does not respond. Is it still running?" } };
    }
    const said = await response.json().catch(() => ({ error: `The mock answered ${response.status}.` }));
    return { ok: response.ok, said };
  }

  function refresh() {
    const at = document.querySelector("[data-refresh]")?.dataset.refresh;
    // The whole main part: a menu next to the table shows what has changed, too.
    if (at) htmx.ajax("GET", location.href, { target: "#main", select: "#main", swap: "outerMorph" });
  }

  async function call(source, body, type) {
    const { call: method, done, confirm: question } = source.dataset;
    if (question && !(await agreed(question))) return;
    let url = source.dataset.url;
    for (const part of source.querySelectorAll?.("[data-part]") ?? []) {
      url = url.replace(`{${part.dataset.part}}`, encodeURIComponent(part.value));
    }
    if (source.tagName === "FORM") clearProblems(source);
    source.setAttribute("aria-busy", "true");
    const { ok, said } = await send(method, url, body, type);
    source.removeAttribute("aria-busy");
    if (!ok) {
      if (source.tagName === "FORM") showProblems(source, said);
      else toast(said.error, "bad");
      return;
    }
    source.closest("dialog")?.close();
    if (source.dataset.go) return void (location.href = source.dataset.go);
    toast(done ?? "Done.");
    refresh();
  }

  function agreed(question) {
    const dialog = document.getElementById("confirm");
    document.getElementById("confirm-text").textContent = question;
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  }

  async function download({ download: url, filename }) {
    const response = await fetch(url, { headers: authorization() });
    if (!response.ok) return toast(`The mock answered ${response.status}.`, "bad");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = filename;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async function importFile(input) {
    const [file] = input.files;
    if (!file) return;
    const { ok, said } = await send("PUT", input.dataset.import, file);
    input.value = "";
    if (ok) {
      toast(`${file.name} is imported.`);
      refresh();
      return;
    }
    const first = (said.problems ?? []).slice(0, 3).map((problem) => `${problem.path || "The file"}: ${problem.message}`);
    toast([first.length ? "Nothing was changed." : said.error, ...first].join(" "), "bad");
  }

  async function openWithToken() {
    const response = await fetch(location.href, { headers: { Accept: "text/html", ...authorization() } });
    if (!response.ok) return false;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    document.title = page.title;
    document.body.className = page.body.className;
    document.body.replaceChildren(...page.body.childNodes);
    htmx.process(document.body);
    return true;
  }

  document.addEventListener("htmx:config:request", (event) => {
    Object.assign(event.detail.ctx.request.headers, authorization());
  });
  document.addEventListener("htmx:response:error", (event) => {
    toast(`The mock answered ${event.detail.ctx.response.status}.`, "bad");
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const content = document.getElementById("dialog-content");
    if (!content || event.detail.ctx?.target !== content) return;
    if (!content.parentElement.open) content.parentElement.showModal();
    content.querySelector("input:not([type=hidden]), select, textarea, button")?.focus();
  });
  // The live journal. While it is paused, nothing is added; afterwards the list is reloaded.
  const MOST_ROWS = 500;
  const isPaused = () => document.querySelector("[data-pause]")?.getAttribute("aria-pressed") === "true";

  function showLive(on) {
    const indicator = document.querySelector("[data-live]");
    indicator?.classList.toggle("on", on && !isPaused());
    if (indicator) indicator.lastElementChild.textContent = isPaused() ? "Paused" : on ? "Live" : "Not connected";
  }

  document.addEventListener("htmx:sse:after:connection", () => showLive(true));
  document.addEventListener("htmx:sse:close", () => showLive(false));
  document.addEventListener("htmx:sse:error", () => showLive(false));
  document.addEventListener("htmx:sse:before:message", (event) => {
    if (isPaused()) event.preventDefault();
  });
  document.addEventListener("htmx:sse:after:message", (event) => {
    const rows = event.target;
    while (rows.childElementCount > MOST_ROWS) rows.lastElementChild.remove();
  });

  document.addEventListener("close", (event) => {
    if (event.target.id === "dialog") document.getElementById("dialog-content").replaceChildren();
  }, true);

  function openSession(name) {
    const path = location.pathname.replace(/^\/__s\/[^/]+/, "");
    location.href = (name === "default" ? "" : `/__s/${encodeURIComponent(name)}`) + path;
  }

  // A running clock advances in the page, without requests to the mock.
  setInterval(() => {
    const clock = document.querySelector("[data-now][data-running]");
    if (!clock) return;
    clock.dataset.ahead ??= String(Date.parse(clock.dataset.now) - Date.now());
    clock.textContent = new Date(Date.now() + Number(clock.dataset.ahead)).toISOString().slice(0, 19).replace("T", " ");
  }, 250);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-open-session]")) {
      event.preventDefault();
      openSession(form.querySelector("input").value);
      return;
    }
    if (form.matches("[data-sign-in]")) {
      event.preventDefault();
      sessionStorage.setItem(TOKEN, form.querySelector("#token").value.trim());
      openWithToken().then((open) => {
        if (open) return;
        sessionStorage.removeItem(TOKEN);
        form.querySelector(".problem").textContent = "Wrong token.";
      });
    } else if (form.matches("[data-call]")) {
      event.preventDefault();
      const body = form.querySelector("[data-at]") ? JSON.stringify(bodyOf(form)) : undefined;
      call(form, body);
    }
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button, [data-download]");
    if (!button) return;
    if (button.matches("[data-switch-to]")) openSession(button.dataset.switchTo);
    else if (button.matches("[data-close]")) button.closest("dialog").close();
    else if (button.matches("[data-call]")) call(button, button.dataset.body);
    else if (button.matches("[data-pause]")) {
      button.setAttribute("aria-pressed", String(!isPaused()));
      button.textContent = isPaused() ? "Resume" : "Pause";
      showLive(true);
      if (!isPaused()) refresh();
    } else if (button.matches("[data-download]")) download(button.dataset);
    else if (button.matches("[data-copy]")) {
      navigator.clipboard.writeText(button.dataset.copy).then(() => toast("Copied."), () => toast("The browser did not allow it.", "bad"));
    }
  });

  document.addEventListener("change", (event) => {
    const control = event.target;
    if (control.matches("[data-session]")) {
      openSession(control.value);
    } else if (control.form?.matches("[data-auto]")) {
      control.form.requestSubmit();
    } else if (control.matches("[data-switch]")) {
      const { switch: url, field } = control.dataset;
      send("PATCH", url, JSON.stringify({ [field]: control.checked })).then(({ ok, said }) => {
        if (!ok) toast(said.error, "bad");
        refresh();
      });
    } else if (control.matches("[data-import]")) {
      importFile(control);
    } else if (control.matches("[data-page]") && /^[1-9][0-9]*$/.test(control.value)) {
      htmx.ajax("GET", control.dataset.page + control.value, { target: "#table", select: "#table", swap: "outerHTML" });
    }
  });

  // On a narrow screen the navigation is a strip; scroll to the current entry.
  document.querySelector(".side [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  if (document.body.classList.contains("bare") && token()) openWithToken();
})();
