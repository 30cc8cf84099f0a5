"""Which files bring visits: the flat workbook of a hospital, and the official envelope (XML 130)?"""
