"""The bilingual report: page, tables, workbook."""
