"""A register in municipal dress: semicolons, Windows-1252, dd-mm-jjjj, codes with leading noughts.

Column names and codes follow the yearly regulation on benefit statistics (BUS and SRG) as far as they are
about this group; there is no contact file in it, so the third file has the columns of a team's own list.
Nobody has a citizen number: the client number is plainly made up, and so is the municipality's code.
"""

from pathlib import Path

import polars as pl

from kik_analysis.people.register import Register
from kik_analysis.people.targets import ENCODING

_CHUNK = 500_000
MUNICIPALITY, GENERAL_ASSISTANCE = "0000", "01"
EXEMPT, NOT_EXEMPT, OTHER_FACILITY = "6", "2", "99"
_RESULTS = {"conversation": "gesprek", "declined": "afgezien", "no_contact": "geen contact"}


def _client() -> pl.Expr:
    return ("SYN" + pl.col("person").str.slice(1).str.zfill(8)).alias("Clientnummer")


def benefits(register: Register) -> pl.DataFrame:
    """Return the persons on benefit, those who have left with an end date."""
    here = register.members.with_columns(left=pl.lit(None, dtype=pl.Date))
    everybody = pl.concat([here.select(register.former.columns), register.former]).sort("person")
    names = sorted(everybody["district"].unique().to_list())
    codes = {name: f"{number:02d}" for number, name in enumerate(names, start=1)}
    health = pl.col("segment") == "health_limited"
    exempt = pl.when(health).then(pl.lit(EXEMPT)).otherwise(pl.lit(NOT_EXEMPT))
    return everybody.select(
        _client(),
        pl.lit(GENERAL_ASSISTANCE).alias("Statistiekcode"),
        pl.lit(MUNICIPALITY).alias("Gemeentecode"),
        pl.col("benefit_start").alias("Aanvangsdatum uitkering persoon"),
        pl.col("left").alias("Einddatum uitkering persoon"),
        exempt.alias("Ontheffing arbeidsverplichting"),
        pl.col("age_band").alias("Leeftijdsklasse"),
        pl.col("district").replace_strict(codes, return_dtype=pl.String).alias("Wijkcode"),
        pl.col("district").alias("Wijk"),
    )


def programmes(register: Register) -> pl.DataFrame:
    """Return support inside the group: programmes and social help that have not ended."""
    kinds = {"programme": "traject", "social_help": "hulpverlening"}
    return (
        register.members.filter(pl.col("support") != "none")
        .sort("person")
        .select(
            _client(),
            pl.lit(OTHER_FACILITY).alias("Type voorziening"),
            pl.col("support").replace_strict(kinds, return_dtype=pl.String).alias("Soort"),
            pl.col("last_conversation").alias("Begindatum"),
            pl.lit(None, dtype=pl.Date).alias("Einddatum"),
        )
    )


def contacts(register: Register) -> pl.DataFrame:
    """Return two rows per invitation: the letter, and the conversation, refusal or lack of an answer."""
    due = register.members.select("person", pl.col("last_conversation").alias("answered"), "next_due")
    letters = register.invitations.select(
        "person",
        pl.col("sent").alias("Datum"),
        pl.lit("uitnodiging").alias("Soort"),
        pl.lit("brief").alias("Vorm"),
        pl.lit(None, dtype=pl.Date).alias("Volgend contact"),
    )
    held = pl.col("answer") == "conversation"
    answers = register.invitations.join(
        due.drop_nulls(), on=["person", "answered"], how="left", maintain_order="left"
    ).select(
        "person",
        pl.col("answered").alias("Datum"),
        pl.col("answer").replace_strict(_RESULTS, return_dtype=pl.String).alias("Soort"),
        pl.when(held).then(pl.lit("thuis")).otherwise(pl.lit("telefoon")).alias("Vorm"),
        pl.when(held).then(pl.col("next_due")).alias("Volgend contact"),
    )
    both = pl.concat([letters, answers]).sort("Datum", "person", "Soort")
    return both.select(_client(), pl.exclude("person"))


def write(folder: Path, register: Register) -> dict[str, int]:
    """Write the three files of an extract into a folder, and return their numbers of rows."""
    made = benefits(register), programmes(register), contacts(register)
    tables = dict(zip(("uitkeringen", "trajecten", "contacten"), made, strict=True))
    for name, table in tables.items():
        with (folder / f"{name}.csv").open("wb") as stream:
            for begin in range(0, max(table.height, 1), _CHUNK):
                part = table[begin : begin + _CHUNK].write_csv(
                    separator=";", line_terminator="\r\n", date_format="%d-%m-%Y", include_header=begin == 0
                )
                stream.write(part.encode(ENCODING))
    return {name: table.height for name, table in tables.items()}
