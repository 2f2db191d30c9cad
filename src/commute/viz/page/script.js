"use strict";
(function () {
  const root = document.documentElement;
  let at = ""; // the section last followed to; the address holds it beside language and theme: #lang=en&t=dark&at=fit
  function keep() {
    const words = new URLSearchParams({ lang: root.lang });
    if (root.dataset.theme) words.set("t", root.dataset.theme);
    if (at) words.set("at", at);
    history.replaceState("ours", "", "#" + words.toString());
  }
  function speak(lang) {
    root.lang = lang;
    const title = document.querySelector("title");
    document.title = title.dataset[lang];
    for (const one of document.querySelectorAll("[data-lang]")) one.setAttribute("aria-pressed", String(one.dataset.lang === lang));
  }
  function read() {
    const hash = location.hash.slice(1);
    const words = new URLSearchParams(hash.includes("=") ? hash : { at: hash });
    at = words.get("at") || "";
    if (history.state === "ours") return; // going back: language and theme stay as they are now
    if (["light", "dark"].includes(words.get("t"))) root.dataset.theme = words.get("t");
    speak(["zh", "en"].includes(words.get("lang")) ? words.get("lang") : root.lang);
    const place = hash.includes("=") && document.getElementById(at);
    if (place) place.scrollIntoView();
  }
  for (const one of document.querySelectorAll("[data-lang]"))
    one.addEventListener("click", function () { speak(one.dataset.lang); keep(); });
  document.getElementById("theme").addEventListener("click", function () {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    keep();
  });
  addEventListener("hashchange", function () { read(); keep(); });
  history.replaceState(null, "");
  read();
  history.replaceState("ours", "");
})();
