() => {
  // What can be read off an open page; one object, whose lists are empty on a page without faults.
  const describe = element => {
    const own = element.id ? `#${element.id}` : [...element.classList].map(name => `.${name}`).join("");
    return `${element.tagName.toLowerCase()}${own}: ${(element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 60)}`;
  };
  const all = (selector, test) => [...document.querySelectorAll(selector)].filter(test).map(describe);
  const scrolls = element => ["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(element).overflowX);
  const boxed = element => {
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) if (scrolls(box)) return true;
    return false;
  };
  const visible = element => element.checkVisibility({visibilityProperty: true, opacityProperty: true});
  const root = document.documentElement;
  const tooWide = root.scrollWidth > root.clientWidth;
  return {
    sideways: tooWide ? root.scrollWidth - root.clientWidth : 0,
    // an element that sticks out of the window and is in no box that scrolls by itself
    sticking_out: all("body *", element => {
      const place = element.getBoundingClientRect();
      return place.width > 0 && place.right > root.clientWidth + 1 && place.left < root.clientWidth && visible(element) && !boxed(element);
    }).slice(0, 5),
    images_missing: [...document.images].filter(image => !(image.complete && image.naturalWidth > 0)).map(image => image.outerHTML.slice(0, 200)),
    images_without_alt: [...document.images].filter(image => !image.hasAttribute("alt")).map(image => image.outerHTML.slice(0, 200)),
    figures_without_words: all("figure.recryst-figure", figure => {
      const picture = figure.querySelector("img, [role=img], [role=application], [role=group]");
      return !(picture?.getAttribute("alt") || picture?.getAttribute("aria-label"))?.trim() || !figure.querySelector("figcaption")?.textContent.trim();
    }),
    formulas: document.querySelectorAll("span.math, div.math").length,
    formulas_missing: all("span.math, div.math", formula => !formula.querySelector("mjx-container")),
    formulas_wrong: all("mjx-merror", () => true),
    plots: document.querySelectorAll(".recryst-picture[data-source]:not([data-waits])").length,
    plots_missing: all(".recryst-picture[data-source]:not([data-waits]), .plotly-graph-div", plot => {
      return !plot.querySelector(".main-svg")?.getBoundingClientRect().width;
    }),
    icons_missing: all("i[class*='fa-']", icon => visible(icon) && !/Font ?Awesome/.test(getComputedStyle(icon).fontFamily)),
    summaries_out_of_reach: all("details > summary", summary => {
      if (!visible(summary)) return false;
      summary.focus({preventScroll: true});
      return document.activeElement !== summary || summary.tabIndex < 0;
    }),
  };
}
