"use strict";
(function () {
  const root = document.documentElement;
  const state = new URLSearchParams(location.hash.startsWith("#l=") || location.hash.includes("&") ? location.hash.slice(1) : "");
  function keep() {
    const words = new URLSearchParams({ l: root.lang });
    if (root.dataset.theme) words.set("t", root.dataset.theme);
    history.replaceState(null, "", "#" + words.toString());
  }
  function speak(lang) {
    root.lang = lang;
    const title = document.querySelector("title");
    document.title = title.dataset[lang];
    for (const one of document.querySelectorAll("[data-lang]")) one.setAttribute("aria-pressed", String(one.dataset.lang === lang));
  }
  for (const one of document.querySelectorAll("[data-lang]"))
    one.addEventListener("click", function () { speak(one.dataset.lang); keep(); });
  document.getElementById("theme").addEventListener("click", function () {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    keep();
  });
  if (["light", "dark"].includes(state.get("t"))) root.dataset.theme = state.get("t");
  speak(["zh", "en"].includes(state.get("l")) ? state.get("l") : root.lang);
})();
