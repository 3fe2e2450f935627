"""The public data sets that this project uses.

Every file is named by repository, commit and path, so it can't change. Where the SHA-256 of a file is known (the
published models), it is checked when the file arrives; of all others it is not, and the content of the pack made of them
is checked instead.
"""

from recryst.datasets.conversion.elasticity import mp_elasticity
from recryst.datasets.conversion.electronic import mp_electronic_3202
from recryst.datasets.conversion.jarvis import atomic_radial_density, megnet_mp2018, mpf2021_energy
from recryst.datasets.conversion.mp_structures import mp_structures
from recryst.datasets.conversion.perovskites import castelli_perovskites
from recryst.datasets.conversion.predictions import esnet_2eorr, xie_spp
from recryst.datasets.conversion.published_models import MODELS, cgcnn_pretrained
from recryst.datasets.source import RemoteFile, Source

MATERIALS_PROJECT = "A. Jain et al., APL Materials 1, 011002 (2013)"

CGCNN = ("txie-93/cgcnn", "f42ab233c4ee0c416879d6bc2d22a264418413ad")
JARVIS = ("usnistgov/jarvis_leaderboard", "57afc55f94c8a6f4562f73a3173968cd4b2f83b1")
JARVIS_TOOLS = ("usnistgov/jarvis", "3b0c9d0f0c15759135de857dbc93e010db01eb29")
STRUCTURES = "fxcoudert/topology_databases"
GONG = ("adithya123-code/cgcnn-reproduction", "b0f7e48f45c744811f1f2b4d435b824718594313")
MATBENCH = ("materialsproject/matbench", "936176db18ca4cd7b38cbd957c017a5bac770c6b")
MAURYA = ("shubhamkmaurya03/Mechanical-Properties-Prediction-from-Charge-density-Images", "731f79f67aa922b4798b306486a313433edb06e0")
MATCALC = ("materialsvirtuallab/matcalc", "aa76b41edb9ffb62f7efb2b5d3a3f7a8b2b4747d")
ELECTRONIC = ("sparsh2712/CGCNN-ME228", "81c33fd682417f8d2221306f90b79aa78ae62280")
PEROVSKITES = ("Liu-Group-UF/Perovskite-ML", "84cc220763862cef707ae7e562eb92600542c9d3")
CDVAE = ("txie-93/cdvae", "f857f598d6f6cca5dc1ea0582d228f12dcc2c2ea")
XIE = ("kadkhodaei-research-group/XIE-SPP", "37e73e8f9db14240be13ffeb8a6a48b64a30fc36")
ESNET = ("ekdms-S/ESNet", "ffcc469ea74d2bd11e5a59fe8e2446113eb4661e")

BENCHMARKS = "jarvis_leaderboard/benchmarks/AI"

ELASTIC_TABLES = {
    "gong_bulk": RemoteFile(*GONG, "data/processed/K_VRH/fetched_ids.csv"),
    "gong_shear": RemoteFile(*GONG, "data/processed/G_VRH/fetched_ids.csv"),
    "gong_poisson": RemoteFile(*GONG, "data/processed/poisson_ratio/fetched_ids.csv"),
    "maurya": RemoteFile(*MAURYA, "Prediction/Bulk_Modulus/CNN/6059_rows.csv"),
    "matcalc": RemoteFile(*MATCALC, "benchmark_data/mp-binary-pbe-elasticity-2025.1.json.gz"),
}

MODEL_HASHES = {
    "formation-energy-per-atom": "e2f8bb910744f2c2f21d968285b6fd4316d795d0f3e7465ed0e3b4f3c92651a1",
    "final-energy-per-atom": "1afe9260a0b7bd01d2a0a752fbac12be5badea6a56e57aeea5877ae8f9a32c57",
    "band-gap": "d269775b9be0995c046abed3dd6556c281a3eff7b2e1d73cf81b99e2a1d4aa6c",
    "efermi": "5ed4ba15b5bd3e04ce6b0eca75f15bb6465557aada4097f11291ea1e7cd48afb",
    "bulk-moduli": "0a3f66b9a0ee6acef11bb852717424a6c3560073239c17bdbea568cc43816dd3",
    "shear-moduli": "34173bc59a0a8f9f74021155b304b74d9e709b1ff241d3f02e83031c9deb216c",
    "poisson-ratio": "8d152338550b49ff6c3790cccdb892ee8bafe513bc49ab21955cdf7807e89513",
    "semi-metal-classification": "3791d48885afafb28c0797e22637b63ea591cf7fb27497ce537911261b92edc8",
}

SOURCES = {
    source.name: source
    for source in (
        Source(
            name="mp_structures",
            serves="structures of 123,071 Materials Project crystals",
            files={
                "older": RemoteFile(STRUCTURES, "9fd8ac744685a861dfa631fd3b368515974ddd42"),
                "newer": RemoteFile(STRUCTURES, "41163fcf52ff9bdb3f993c83ef7eaee6f1676b50"),
                **ELASTIC_TABLES,
            },
            download_bytes=500_000_000,
            convert=mp_structures,
            pack=("mp_structures.npz",),
            pack_bytes=16_472_329,
            content="b38193a7ac64d680cbc12f0a41bd910e7b6ad08cfb2aa7f8486242e8fb4b53fd",
            licence="CC BY 4.0",
            citation=f"https://doi.org/10.26434/chemrxiv-2024-gsk41; {MATERIALS_PROJECT}",
            needs=("cgcnn_pretrained", "megnet_mp2018", "mpf2021_energy", "mp_electronic_3202", "xie_spp", "esnet_2eorr"),
            derived=("spg_01", "spg_001"),
        ),
        Source(
            name="cgcnn_pretrained",
            serves="the eight published CGCNN models, their table of atom features and their lists of crystals",
            files={
                **{name: RemoteFile(*CGCNN, f"pre-trained/{name}.pth.tar", MODEL_HASHES[name]) for name in MODELS},
                "atom_init": RemoteFile(*CGCNN, "data/sample-regression/atom_init.json"),
                **{f"ids_{count}": RemoteFile(*CGCNN, f"data/material-data/mp-ids-{count}.csv") for count in (46744, 27430, 3402)},
            },
            download_bytes=7_500_000,
            convert=cgcnn_pretrained,
            pack=(*(f"{name}.npz" for name in MODELS), "models.json", "atom_init.json", "cgcnn_mp_ids.csv.gz"),
            pack_bytes=3_194_302,
            content="5109c29e11860031373aa4d5b29db25e91cdca5658d8c32a69fca279b235e78e",
            licence="MIT",
            citation="T. Xie and J. C. Grossman, Phys. Rev. Lett. 120, 145301 (2018)",
            derived=("models.json",),
        ),
        Source(
            name="megnet_mp2018",
            serves="formation energies and PBE band gaps of 69,239 Materials Project crystals (2018.6.1)",
            files={
                "formation_energy": RemoteFile(*JARVIS, f"{BENCHMARKS}/SinglePropertyPrediction/megnet_e_form.json.zip"),
                "band_gap": RemoteFile(*JARVIS, f"{BENCHMARKS}/SinglePropertyPrediction/megnet_gappbe.json.zip"),
            },
            download_bytes=2_000_000,
            convert=megnet_mp2018,
            pack=("megnet_mp2018.parquet",),
            pack_bytes=817_968,
            content="cab3dfeee45e025b5596eda3b6182966100d2688697c7b00e028e9bc0eecd3e3",
            licence="NIST terms of use; values CC BY 4.0",
            citation="C. Chen et al., Chem. Mater. 31, 3564 (2019); K. Choudhary et al., npj Comput. Mater. 10, 93 (2024); "
            + MATERIALS_PROJECT,
        ),
        Source(
            name="mpf2021_energy",
            serves="DFT total energies per atom of 62,782 Materials Project crystals (MPF.2021.2.8)",
            files={"energy": RemoteFile(*JARVIS, f"{BENCHMARKS}/MLFF/m3gnet_mpf_energy.json.zip")},
            download_bytes=5_000_000,
            convert=mpf2021_energy,
            pack=("mpf_final_energy.parquet",),
            pack_bytes=551_669,
            content="828257d974fdc299efd61663ae7ae3b4f5181a29dae7ad802ff6c2a2d197ff68",
            licence="NIST terms of use; values CC BY 4.0",
            citation=f"C. Chen and S. P. Ong, Nature Computational Science 2, 718 (2022); {MATERIALS_PROJECT}",
        ),
        Source(
            name="mp_electronic_3202",
            serves="Fermi levels of 3,202 Materials Project crystals (2024)",
            files={"properties": RemoteFile(*ELECTRONIC, "data/material_ids_with_prop_new.csv")},
            download_bytes=600_000,
            convert=mp_electronic_3202,
            pack=("mp_electronic_3202.parquet",),
            pack_bytes=103_543,
            content="ffd08a134875f06b0b72614fa8e156c60b840fc42513459641f9a0d4585118b7",
            licence="none stated; values CC BY 4.0",
            citation=MATERIALS_PROJECT,
        ),
        Source(
            name="mp_elasticity",
            serves="bulk and shear moduli and Poisson ratios of 13,520 Materials Project crystals, five tables of several vintages",
            files={
                **ELASTIC_TABLES,
                "matbench_bulk": RemoteFile(*MATBENCH, "scripts/artifacts/matbench_log_kvrh.json.bz2"),
                "matbench_shear": RemoteFile(*MATBENCH, "scripts/artifacts/matbench_log_gvrh.json.bz2"),
            },
            download_bytes=4_000_000,
            convert=mp_elasticity,
            pack=("mp_elasticity.parquet", "matbench_kvrh_gvrh.parquet"),
            pack_bytes=597_912,
            content="5d8d4b0e0f26f78f7a09c79f8ab8f3ad2ea3b9a8078563d70738cf3da09c9bf0",
            licence="MIT (matbench), BSD-3-Clause (matcalc), none stated (gong, maurya); values CC BY 4.0",
            citation="M. de Jong et al., Scientific Data 2, 150009 (2015); A. Dunn et al., npj Comput. Mater. 6, 138 (2020); "
            + MATERIALS_PROJECT,
            needs=("mp_structures", "mp_electronic_3202"),
        ),
        Source(
            name="castelli_perovskites",
            serves="18,928 cubic perovskites with heats of formation and gaps",
            files={
                "repository": RemoteFile(*PEROVSKITES),
                "val": RemoteFile(*CDVAE, "data/perov_5/val.csv"),
                "test": RemoteFile(*CDVAE, "data/perov_5/test.csv"),
            },
            download_bytes=100_000_000,
            convert=castelli_perovskites,
            pack=("castelli_perovskites.parquet", "castelli_structures.npz"),
            pack_bytes=1_191_335,
            content="32f980ab4304465e4a2c24ad983c1d035995f46ccbc97c61e1f0c1dc0de182f9",
            licence="none stated (structures), MIT (split)",
            citation="I. E. Castelli et al., Energy Environ. Sci. 5, 5814 (2012) and 5, 9034 (2012); T. Xie et al., arXiv:2110.06197",
        ),
        Source(
            name="xie_spp",
            serves="formation energies of 124,022 Materials Project crystals (2021) with the voxel-image network's predictions",
            files={
                "train": RemoteFile(*XIE, "training/formation-energy/data_sets/df_train.csv"),
                "dev": RemoteFile(*XIE, "training/formation-energy/data_sets/df_dev..csv"),
                "test": RemoteFile(*XIE, "training/formation-energy/data_sets/df_test.csv"),
                "history": RemoteFile(*XIE, "xiespp/formation_energy/model/history.csv"),
            },
            download_bytes=5_000_000,
            convert=xie_spp,
            pack=("xie_predictions.parquet", "training_history.csv.gz"),
            pack_bytes=1_745_610,
            content="ba147d3b0ff89a7c2730fba224dce40961a8d6c278d37d53bc5cc5758e4945b8",
            licence="CC BY-NC-SA 4.0",
            citation=f"A. Davariashtiani and S. Kadkhodaei, Communications Materials 4 (2023); {MATERIALS_PROJECT}",
        ),
        Source(
            name="esnet_2eorr",
            serves="formation energies of 7,165 binary alloys with ESNet's predictions",
            files={
                "unrelaxed": RemoteFile(*ESNET, "results/IS2RE/ESNet_IS2RE_results.csv"),
                "relaxed": RemoteFile(*ESNET, "results/RS2RE/ESNet_RS2RE_results.csv"),
            },
            download_bytes=700_000,
            convert=esnet_2eorr,
            pack=("esnet_2eorr_predictions.csv.gz",),
            pack_bytes=181_641,
            content="92c9558841f0f360afa268e6491b0d8c77fe0a19774f9be6dc84dae904f6c2e2",
            licence="none stated",
            citation="D. H. Mok et al., J. Mater. Chem. A 11, 10184 (2023)",
            derived=("prototype_in_mp_structures",),
        ),
        Source(
            name="atomic_radial_density",
            serves="all-electron densities of 95 free atoms, the control for computed charge densities",
            files={"atoms": RemoteFile(*JARVIS_TOOLS, "jarvis/core/element_charge.json")},
            download_bytes=1_200_000,
            convert=atomic_radial_density,
            pack=("atomic_radial_density.npz",),
            pack_bytes=137_753,
            content="f156e9dd769e78eb727fdbae88ea8db500b47241fb4122111f3089effb852f79",
            licence="NIST terms of use",
            citation="K. Choudhary et al., Phys. Rev. Materials 2, 083801 (2018)",
        ),
    )
}
