"""What are the sheet and the file called that we add, so that we know them when they come back?"""

LIST_SHEET = "Lỗi"
LIST_MARK = "Danh sách lỗi do Mạch ghi"
SUFFIX = "_loi"
