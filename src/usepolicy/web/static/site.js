// A dot of the matrix opens its words over the page; without this script it leads to their page.
"use strict";
(() => {
  const dots = document.querySelectorAll("td a.d");
  if (!dots.length || typeof HTMLDialogElement === "undefined") return;
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "The words behind a dot");
  document.body.append(dialog);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  async function open(link) {
    const answer = await fetch(link.href, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const cell = page.querySelector("#cell");
    const head = cell.querySelector("h1");
    const title = document.createElement("h2");
    title.textContent = head.textContent;
    head.replaceWith(title);
    const close = document.createElement("button");
    close.textContent = "Close";
    close.addEventListener("click", () => dialog.close());
    const whole = document.createElement("a");
    whole.href = link.href;
    whole.textContent = "Permanent address";
    const foot = document.createElement("p");
    foot.className = "foot";
    foot.append(close, whole);
    dialog.replaceChildren(document.importNode(cell, true), foot);
    dialog.showModal();
    close.focus();
  }
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("td a.d");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link).catch(() => { location.href = link.href; });
  });
})();
