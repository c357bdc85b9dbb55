"""Reads spreadsheets as offices have them.

`encodings` and `layout` determine the format of a CSV file, `headers` (with `words`) the meaning of its columns,
`amounts` the format of numbers; `judging` checks the whole file before anything is stored; `source` makes clients of
its rows. `workbook` reads and writes XLSX.
"""
