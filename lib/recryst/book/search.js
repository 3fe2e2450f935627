/* Scores of the search. All but `score` are Sphinx's own, which a file of scores must repeat. */
var Scorer = {
  // every place in the library's reference comes after the last page of prose
  score: ([page, , , , score]) => (page.startsWith("library/") ? score - 1000 : score),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
