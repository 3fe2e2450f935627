"""The perovskites of the CGCNN chapter: their structure, the energy of each site, and the search for new ones."""

import numpy as np
import pandas as pd
from pymatgen.core import Lattice, Structure
from scipy.stats import spearmanr

from recryst import elements
from recryst.analysis import perovskites
from recryst.chapters.cgcnn.study import Study
from recryst.chapters.evidence import results
from recryst.crystals import Crystals
from recryst.datasets import perovskites as castelli
from recryst.report import Report
from recryst.training import split_lists

CAPTIONS = {
    "search": "The search on Castelli's data: candidates, with A in In, Tl, Sn, Pb, Sb, Bi and B in groups 4 to 6, and all perovskites; "
    "how many of each have an energy below the cutoff, or at most the cutoff. The search efficiency is their share among the candidates "
    "over that among all.",
    "units": "The same counts when the energies are read as eV/atom, as the paper does, or as eV for each cell of five atoms.",
    "rows": "Every row of the printed table beside the data. Titanium on the A site is a misprint for thallium.",
    "test": "The paper's test set holds {in_test_set} of the {candidates} candidates: how many a random split puts there, and how probable "
    "so few are.",
}
"""Of the tables of `search_results`; see `caption` for the printed numbers in them."""

MADE = ("PbTiO3", "PbZrO3", "SnTaO3", "PbMoO3")
"""Perovskites of the search that the paper says have been made."""
TESTED = {"test-candidates": "candidates", "test-candidates-below-cutoff": "candidates below"}
"""Value ids of what is counted in the test set, and the quantities of `perovskites.combinational_search`."""
OTHER_SPLIT = "counted in the test set of our split; which perovskites were in the paper's was never published"


def caption(report: Report, name: str) -> str:
    """What a table of `search_results` shows, one of `CAPTIONS` with the paper's numbers."""
    return CAPTIONS[name].format(**_printed_split(report))


def pbtio3() -> Crystals:
    """Cubic PbTiO3 (a = 3.97 angstrom), Fig. 3a's structure."""
    sites = np.array([[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]])
    return Crystals.from_structures(["PbTiO3"], [Structure(Lattice.cubic(3.97), ["Pb", "Ti", "O", "O", "O"], sites)])


def structure_results() -> pd.DataFrame:
    """What the paper says of the perovskite structure, counted on it."""
    structure = pbtio3().structure(0)
    positions = structure.frac_coords
    around = [len(structure.get_neighbors(structure[site], distance)) for site, distance in ((0, 2.9), (1, 2.1))]
    return results(
        ("figure-3a", "a-at-corner", bool(np.all(positions[0] == 0)), None),
        ("figure-3a", "b-at-body-centre", bool(np.all(positions[1] == 0.5)), None),
        ("figure-3a", "x-at-face-centres", bool(np.all(np.sort(positions[2:]) == [0, 0.5, 0.5])), None),
        ("figure-3a", "a-coordination", around[0], None),
        ("figure-3a", "b-octahedral", around[1] == 6, None),
    )


def site_results(table: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Fig. 3c and d's statements, from `recryst.analysis.site_energies.table` of perovskites.

    On the A site: the ten elements of lowest energy have a larger median covalent radius than the rest; Be, B and Si are in the upper
    quarter; the mean of In, Tl, Sn, Pb, Sb, Bi, and that of groups 1 to 3, is below the median. On the B site: groups 4, 5 and 6
    have the three lowest means among the groups. Empty where something else stands in for the perovskites, or nothing was trained on them.
    """
    if not study.real_data or table.empty:
        return results()
    energies = {site: rows.set_index("element")["site_energy"] for site, rows in table.groupby("site")}
    groups = elements.properties().set_index("symbol")["group"]
    radius = pd.Series(dict(zip(elements.symbols(), elements.covalent_radii(), strict=True)))
    a, b = energies["A"].sort_values(), energies["B"]
    early = [element for element in a.index if groups.get(element) in (1, 2, 3)]
    means = b.groupby(groups.reindex(b.index)).mean().sort_values()
    return results(
        ("figure-3c", "large-radii-most-stable", bool(radius[a.index[:10]].median() > radius[a.index[10:]].median()), len(a)),
        ("figure-3c", "small-radii-least-stable", bool((a[["Be", "B", "Si"]] > a.quantile(0.75)).all()), len(a)),
        ("figure-3c", "groups-13-15-stable", bool(a[list(perovskites.LARGE_OF_GROUPS_13_TO_15)].mean() < a.median()), len(a)),
        ("figure-3c", "groups-1-3-stable", bool(a[early].mean() < a.median()), len(a)),
        ("figure-3d", "groups-4-5-6-most-stable", set(means.index[:3]) == {4, 5, 6}, len(b)),
    )


def site_baseline(table: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Site energies beside what needs no network: the mean energy of all perovskites with an element on a site.

    Parameters
    ----------
    table : from `recryst.analysis.site_energies.table` of perovskites

    Returns
    -------
    site, elements, rank correlation (of both, over the elements), deviation of site energies, deviation of means (over the elements, in
        eV/atom of the perovskite, of which a site is one of five atoms) : a row a site; empty where something else stands in for the
        perovskites, or nothing was trained on them
    """
    if not study.real_data or table.empty:
        return pd.DataFrame()
    data = castelli.table()
    split, rows = perovskites.sites(data["formula"].tolist()), []
    for site, column in (("A", "a_site"), ("B", "b_site")):
        means = data["formation_energy"].groupby(split[column].to_numpy()).mean()
        both = pd.DataFrame({"ours": table[table["site"] == site].set_index("element")["site_energy"], "mean": means}).dropna()
        ours = both["ours"] / perovskites.ATOMS_PER_CELL
        rank = float(spearmanr(both["ours"], both["mean"]).statistic)
        rows.append((site, len(both), round(rank, 2), round(float(ours.std()), 3), round(float(both["mean"].std()), 3)))
    columns = ["site", "elements", "rank correlation", "deviation of site energies", "deviation of means"]
    return pd.DataFrame(rows, columns=columns)


def search_results(report: Report, study: Study) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The combinational search on Castelli's data, with no network.

    Returns
    -------
    tables : "search" (the counts), "units" (both readings of the energies), "rows" (Table V beside the data), "test" (its share in
        the test set)
    results : see `evidence`; energies of Table V under its own ids. Both are empty where the profile does without the data.
    """
    if not study.real_data:
        return {name: pd.DataFrame() for name in CAPTIONS}, results()
    data = castelli.table()
    formulas, energies = data["formula"].tolist(), data["formation_energy"].to_numpy()
    printed = _printed_table(report)
    found = perovskites.combinational_search(formulas, energies).set_index("quantity")["value"]
    compared = perovskites.compare_printed(printed, formulas, energies)
    tables = {
        "search": found.reset_index(),
        "units": perovskites.unit_readings(formulas, energies),
        "rows": compared,
        "test": perovskites.share_in_test_set(perovskites=len(data), **_printed_split(report)),
    }
    text = "text-perovskite-search"
    rows = [(text, value_id, value, len(data)) for value_id, value in _search_values(found).items()]
    energy_of = dict(zip(formulas, energies, strict=True))
    rows += [
        ("table-s5", f"{row.formula}/energy", float(energy_of[row.formula]), 1) for row in compared.itertuples() if row.printed_formula
    ]
    rows.append((text, "PbMoO3/energy", float(energy_of["PbMoO3"]), 1))
    cutoff = float(report.paper.value(text, "cutoff").number)
    rows.append((text, "known-compounds-found", all(energy_of[formula] < cutoff for formula in MADE), len(MADE)))
    tested = split_lists.read(study.task("perovskites").name).query("part == 'test'")["id"]
    ours = perovskites.combinational_search(data.loc[tested, "formula"].tolist(), data.loc[tested, "formation_energy"].to_numpy())
    of_test = ours.set_index("quantity")["value"]
    for value_id, quantity in TESTED.items():
        tables["search"].loc[len(tables["search"])] = (f"{quantity}, our test set", of_test[quantity])
        rows.append((text, value_id, int(of_test[quantity]), len(tested)))
    table = results(*rows)
    in_test = table["value_id"].isin(TESTED)
    return tables, table.assign(
        unit=["eV/atom" if str(name).endswith("/energy") else "" for name in table["value_id"]],
        split=pd.Series(["test" if one else None for one in in_test], dtype=object),
        not_comparable=pd.Series([OTHER_SPLIT if one else None for one in in_test], dtype=object),
    )


def _search_values(found: pd.Series) -> dict[str, float]:
    """Value ids of the search for the quantities that `perovskites.combinational_search` counts."""
    return {
        "perovskites": int(found["perovskites"]),
        "candidates": int(found["candidates"]),
        "candidates-below-cutoff": int(found["candidates below"]),
        "all-below-cutoff": int(found["perovskites below"]),
        "search-efficiency": float(found["search efficiency"]),
    }


def _printed_split(report: Report) -> dict[str, int]:
    """Candidates, those of them in the test set, and the test set, as the paper has them; see `perovskites.share_in_test_set`."""
    places = {
        "candidates": ("text-perovskite-search", "candidates"),
        "in_test_set": ("text-perovskite-search", "test-candidates"),
        "test_set": ("figure-3b", "test-perovskites"),
    }
    return {name: int(report.paper.value(*place).number) for name, place in places.items()}


def _printed_table(report: Report) -> pd.DataFrame:
    """Table V as printed: formula, energy, split."""
    entries = report.paper.exhibit("table-s5").values  # noqa: PD011
    rows = [(entry.label, float(str(entry.value)), entry.split) for entry in entries if entry.id.endswith("/energy")]
    return pd.DataFrame(rows, columns=["formula", "energy", "split"])
