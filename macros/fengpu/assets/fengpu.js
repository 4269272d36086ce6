/* What the other scripts share. A page on file:// may load scripts but fetch nothing, so data comes as scripts
   that call fengpu.give(name, data). Chromium 80 and no modules. */
var fengpu = (function () {
  "use strict";
  const own = document.currentScript.src;
  const root = own.slice(0, own.lastIndexOf("assets/fengpu/"));
  const asked = new Map();

  /* The data called `name`, loaded once; rejects when the script cannot be had, and may be asked again then. */
  function ask(name) {
    if (!asked.has(name)) {
      const entry = {};
      entry.promise = new Promise(function (resolve, reject) {
        entry.resolve = resolve;
        const script = document.createElement("script");
        script.src = root + "data/" + name + ".js";
        const failed = function () { asked.delete(name); script.remove(); reject(new Error(name)); };
        script.onerror = failed;
        // A server may answer a wrong address with a page of its own, which gives nothing.
        script.onload = function () { script.remove(); if (!entry.given) failed(); };
        document.head.appendChild(script);
      });
      asked.set(name, entry);
    }
    return asked.get(name).promise;
  }

  function give(name, data) {
    if (!asked.has(name)) return;
    asked.get(name).given = true;
    asked.get(name).resolve(data);
  }

  /* Let go of data that can be asked for again. */
  function forget(name) { asked.delete(name); }

  /* An element: make("a", {href: "…"}, "text", child). Text is never markup. */
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") element.addEventListener(name, value);
      else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter(function (child) { return child !== null; }));
    return element;
  }

  /* Put these in the place of what an element holds; replaceChildren came with Chromium 86. */
  function fill(element, ...children) {
    element.textContent = "";
    element.append(...children);
  }

  return { root: root, ask: ask, give: give, forget: forget, make: make, fill: fill };
})();
