"""Spreadsheets as people have them, recognised, judged whole and read.

`encodings` and `layout` find out how a CSV file is written, `headers` (with `words`) which column is what, `amounts`
how numbers are written; `judging` reads all of it before anything is stored; `source` makes clients of its rows.
`workbook` reads and writes XLSX.
"""
