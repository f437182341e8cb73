// While a formula or a line of code is pointed at or has the focus, whatever holds the same stage is lit, too.  The stages
// come from the page (data-stage).  Without JavaScript the links lead there all the same, and :target lights what they reach.
(() => {
  const PLACES = ".stage[data-stage], .listing-line[data-stage]";
  const stages = (place) => place.dataset.stage.split(" ");

  const light = (place) => {
    for (const lit of document.querySelectorAll(".lit")) lit.classList.remove("lit");
    if (!place) return;
    const wanted = stages(place);
    for (const other of document.querySelectorAll(PLACES))
      if (other !== place && stages(other).some((stage) => wanted.includes(stage))) other.classList.add("lit");
  };

  for (const start of ["pointerover", "focusin"])
    document.addEventListener(start, (event) => light(event.target.closest?.(PLACES)));
  document.addEventListener("focusout", () => light(null));
})();
