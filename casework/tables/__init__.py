"""Tables of counts as files: the one thing that those who protect figures and those who attack them have in common.

A folder holds `codes.csv` and any number of other CSV files, UTF-8, with or without a byte order mark:

`codes.csv`
    `dim, code, parent, leaf`: one row for each code and each of its parents (a month lies in a calendar year and in a
    year of the return, so it has two rows). `leaf` is 1 for the finest codes, from which all others are put together.
any other file
    `release`, one column for each dimension, `value`: one row for each cell. An empty dimension is the total over it,
    `•` is a hidden value.

A question with several answers is one dimension for each answer, with the codes `1` (given) and `0` (not given), named
`question:answer`. Then everything adds up. Where everybody gave at least one answer, `codes.csv` says so by listing the
answers as codes of a dimension named `question`, which no table has as a column.

`read_tables(folder)`, `write_tables(folder, tables)`, `Tables`, `Codes`, `Cell`, `TableFault`.
"""

from casework.tables.files import HIDDEN, read_tables, write_tables
from casework.tables.meaning import GIVEN, NOT_GIVEN, Cell, Codes, Coordinate, TableFault, Tables

__all__ = [
    "GIVEN",
    "HIDDEN",
    "NOT_GIVEN",
    "Cell",
    "Codes",
    "Coordinate",
    "TableFault",
    "Tables",
    "read_tables",
    "write_tables",
]
