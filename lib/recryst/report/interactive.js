/* Puts plotly figures in the place of the still pictures of a chapter: those in view, one after the other; crystals, and figures
   that need more width than the page has, on request. Without this script, on paper, and where plotly can't draw, the pictures stay. Each figure's data are a script of
   their own, as a page that is opened from disk may load nothing else. */
(() => {
  "use strict";
  const here = document.currentScript.src.replace(/[^/]*$/, "");
  const figures = (window.recrystFigures = {});
  const loaded = new Map();

  const load = (address) => {
    if (!loaded.has(address)) {
      loaded.set(address, new Promise((done, failed) => {
        const script = document.createElement("script");
        script.src = address;
        script.onload = done;
        script.onerror = () => failed(new Error(`${address} can't be loaded`));
        document.head.append(script);
      }));
    }
    return loaded.get(address);
  };

  const webgl = () => {
    const canvas = document.createElement("canvas");
    return Boolean(window.WebGLRenderingContext && canvas.getContext("webgl"));
  };

  /* A figure may let a part of itself follow the pointer: layout.meta.linked names traces and, for each first entry of customdata,
     their corners as x y;x y|x y;x y, and title the annotation that takes its name. */
  const follow = (plot, linked) => {
    let shown;
    const show = (event) => {
      const name = [].concat(event.points[0].customdata)[0];
      const found = linked.of[name];
      /* drawing again calls for the pointer's place once more */
      if (!found || name === shown) return;
      shown = name;
      const lines = found.split("|").map((line) => line.split(";").map((corner) => corner.split(" ").map(Number)));
      const title = linked.title === undefined ? {} : { [`annotations[${linked.title}].text`]: `<b>${name}</b>` };
      const along = (axis) => lines.map((line) => line.map((corner) => corner[axis]));
      Plotly.update(plot, { x: along(0), y: along(1) }, title, linked.traces);
    };
    plot.on("plotly_hover", show);
    plot.on("plotly_click", show);
  };

  const open = async (box) => {
    if (box.dataset.state) return;
    box.dataset.state = "opening";
    const image = box.querySelector("img");
    try {
      await Promise.all([load(`${here}plotly.min.js`), load(box.dataset.source)]);
      const { data, layout } = figures[box.dataset.interactive];
      const plot = document.createElement("div");
      plot.className = "recryst-plot";
      plot.tabIndex = 0;
      plot.setAttribute("role", "img");
      plot.setAttribute("aria-label", image.alt);
      plot.style.height = `${layout.height}px`;
      box.append(plot);
      const options = { responsive: true, displaylogo: false, scrollZoom: false, showTips: false };
      /* a finger that scrolls the page must not zoom the figure */
      const dragmode = coarse && !box.dataset.solid ? { dragmode: false } : {};
      await Plotly.newPlot(plot, data, { ...layout, width: undefined, autosize: true, ...dragmode }, options);
      if (layout.meta && layout.meta.linked) follow(plot, layout.meta.linked);
      box.dataset.state = "open";
      label(box);
    } catch (error) {
      close(box);
      console.warn(error.message);
    }
  };

  const close = (box) => {
    const plot = box.querySelector(".recryst-plot");
    if (plot) {
      if (window.Plotly) Plotly.purge(plot);
      plot.remove();
    }
    delete box.dataset.state;
    label(box);
  };

  const label = (box) => {
    const button = box.parentElement.querySelector(".recryst-explore");
    const opened = box.dataset.state === "open";
    button.textContent = opened ? "Show the still picture" : box.dataset.solid ? "Turn in three dimensions" : "Point at and zoom";
    button.setAttribute("aria-pressed", String(opened));
  };

  const coarse = window.matchMedia("(pointer: coarse)").matches;
  const narrow = window.matchMedia("(max-width: 40rem)").matches;
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      open(entry.target);
    }
  }, { rootMargin: "200px" });

  const prepare = (box) => {
    const cramped = narrow && box.closest(".recryst-wide");
    if (box.dataset.solid || coarse || cramped) box.dataset.waits = "";
    if (box.dataset.solid && !webgl()) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "recryst-explore";
    button.addEventListener("click", () => (box.dataset.state === "open" ? close(box) : open(box)));
    box.after(button);
    label(box);
    if (box.dataset.waits === undefined) seen.observe(box);
  };

  const start = () => document.querySelectorAll(".recryst-picture[data-source]").forEach(prepare);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
