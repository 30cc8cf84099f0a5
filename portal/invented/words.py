"""Which surnames, middle and given names are borne in Viet Nam, how often, by whom?

Shares of surnames follow published counts of the Kinh; orders of given names are the authors'
reading of class lists and card registers of each generation. An underscore stands for a space.
"""

# Of the whole population Nguyễn is about 38 %, Trần 11 %, Lê 10 %: the other peoples bear them less.
KINH = (
    "Nguyễn 53.0 Trần 15.3 Lê 13.9 Phạm 7.4 Hoàng 5.4 Phan 4.6 Vũ 4.3 Đặng 2.2 Bùi 2.0 Đỗ 1.7 Hồ 1.4"
    " Ngô 1.4 Dương 1.1 Trương 0.9 Đinh 0.7 Đoàn 0.6 Trịnh 0.6 Đào 0.6 Lâm 0.5 Mai 0.5 Cao 0.5 Lương 0.4"
    " Hà 0.4 Lưu 0.35 Lý 0.4 Tạ 0.3 Phùng 0.3 Tô 0.25 Châu 0.2 Chu 0.22 Thái 0.2 Vương 0.18 Đàm 0.15"
    " Tống 0.15 Văn 0.15 Quách 0.1 La 0.08 Kiều 0.12 Nghiêm 0.1 Từ 0.08 Khổng 0.05 Ninh 0.05 Doãn 0.05"
    " Triệu 0.06 Bạch 0.05 Cù 0.04 Thân 0.06 Khuất 0.03 Lã 0.05 Mạc 0.05 Hứa 0.06 Tôn 0.05 Diệp 0.04"
    " Đường 0.03 Phí 0.04 Lại 0.08 Đậu 0.05 Bành 0.02 Thiều 0.02 Giang 0.03 Cung 0.01 Ngụy 0.01"
)
# South of the Hải Vân pass the same families are written Huỳnh and Võ.
SOUTHERN = {"Hoàng": "Huỳnh", "Vũ": "Võ"}

# Ethnic group -> surnames. Codes are those of Decision 121-TCTK/PPCĐ; "" is everybody else.
SURNAMES = {
    "01": KINH,
    "02": "Hoàng 14 Nông 13 Nguyễn 12 Lương 8 Hà 6 Triệu 5 Ma 5 Lý 5 Vi 4 La 4 Bế 3 Đàm 3 Chu 3 Lục 3"
    " Dương 3 Hứa 2 Trần 2 Quan 2 Lộc 1 Ngọc 1",
    "03": "Lò 26 Lường 12 Quàng 11 Cà 9 Vì 6 Tòng 7 Hoàng 5 Lầu 1 Cầm 4 Bạc 3 Điêu 3 Lèo 2 Mè 2 Vi 4"
    " Hà 4 Ngần 1 Lương 3 Lê 2 Nguyễn 2 Lộc 2 Kha 2 Sầm 2 Lô 4 Quang 2",
    "04": "Trần 16 Lý 9 Huỳnh 8 Lâm 8 Quách 6 Châu 6 Ngô 5 Vương 5 Trương 4 Lưu 4 Phạm 3 Tăng 3 Mã 2 Quan 2",
    "05": "Thạch 22 Sơn 14 Kim 14 Danh 14 Lâm 9 Châu 8 Trần 5 Lý 5 Kiên 3 Tăng 2 Liêu 2 Đào 2",
    "06": "Bùi 38 Đinh 15 Nguyễn 12 Quách 8 Hà 7 Bạch 5 Phạm 4 Hoàng 3 Trương 3 Xa 2 Phùng 2 Lường 1",
    "07": "Nông 22 Hoàng 17 Lương 8 Triệu 6 Lý 6 Vi 5 Long 4 Phùng 4 Mông 4 Chu 4 Hứa 3 Lâm 3 Nguyễn 4 Lục 3",
    "08": "Giàng 17 Vàng 14 Sùng 13 Mùa 11 Thào 10 Vừ 8 Hạng 6 Lầu 5 Lý 5 Sình 3 Cứ 2 Má 2 Hờ 3 Tráng 2 Chá 2"
    " Ly 3 Ma 2 Cháng 1",
    "09": "Triệu 21 Bàn 16 Đặng 14 Lý 13 Phùng 8 Chảo 8 Tẩn 9 Phàn 5 Dương 3 Hoàng 2 Lò 1",
    "10": "Siu 16 Rmah 14 Ksor 13 Rơ_Châm 12 Kpă 10 Nay 9 Puih 6 Rơ_Lan 6 Rah_Lan 5 Rơ_Mah 5 Kpuih 4",
    "12": "Niê 24 Mlô 13 Byă 11 Êban 9 Ayŭn 6 Kbuôr 7 Ksơr 6 Hđơk 4 Knul 4 Hwing 3 Êñuôl 6 Adrơng 3",
    "13": "Đinh 42 A 14 Y 6 Siu 5 Hmok 3 Nguyễn 3",
    "17": "Đàng 12 Thành 10 Báo 7 Đạo 7 Quảng 7 Châu 7 Lưu 7 Thiên 6 Bá 6 Hán 6 Kiều 5 Trượng 5 Phú 4 Não 3",
    "29": "Lò 30 Lường 12 Quàng 12 Hoa 6 Cút 6 Moong 6 Cụt 6 Ốc 3 Lữ 4 Rần 2",
    "35": "Lỳ 18 Vù 14 Pờ 14 Chang 10 Sừng 8 Khoàng 8 Lò 6 Chu 5 Mạ 4 Phùng 3",
    "37": "Lò 34 Lường 20 Vi 10 Tẩn 4 Quàng 8",
    "": "Nguyễn 12 Đinh 10 Hồ 16 Lê 6 Lý 8 Lò 6 Hoàng 6 Phạm 4 Trần 6 Vi 4 Chu 3 Điểu 8 Bríu 3",
}

# Of each province's people, every other group than the Kinh in per cent; the rest are Kinh.
PEOPLES = {
    "04": "02 41 07 30 08 11 09 10", "08": "02 24 08 18 09 16 07 6 34 1", "11": "03 37 08 38 29 4 09 1 37 1 35 1",
    "12": "03 31 08 24 09 13 35 4", "14": "03 53 08 16 06 8 09 2 34 2", "15": "02 17 08 19 09 12 03 8 07 2 25 3",
    "19": "02 14 07 7 09 8 15 4", "20": "07 43 02 35 09 4", "22": "09 5 02 3 15 1", "25": "06 22 03 1 09 1",
    "24": "07 3 02 2 18 2", "31": "09 0.1", "38": "06 10 03 6 08 1", "40": "03 10 29 1.3 08 1 24 2", "44": "23 5 06 0.5",
    "46": "31 2.5 26 1.5", "48": "26 3 30 0.5", "51": "19 6 30 1.6 14 7 13 4", "52": "10 15 13 8", "56": "21 9 17 5",
    "66": "12 14 10 1 07 3 02 2 08 1.4 13 1.5", "68": "16 5 20 2 08 1.3 07 1.4", "75": "22 3 04 2.5 32 0.6",
    "79": "04 2.8", "80": "17 0.4 05 1", "82": "05 0.1", "86": "05 9 04 0.8", "91": "05 8 04 1 17 0.5", "92": "05 11 04 2",
    "96": "05 5 04 0.8", "01": "06 0.8 02 0.3 03 0.2", "37": "06 2", "42": "03 0.2", "33": "06 0.1",
}  # fmt: skip

# Orders by generation: born before 1970, before 2000, since.
MALE_MIDDLE = (
    (
        "Văn Đình Hữu Xuân Quang Ngọc Đức Công Bá Thanh Trọng Viết Thế Minh Hồng Duy Huy Kim Tấn Khắc Sỹ Doãn"
        " Như Mạnh Phú Danh Chí Phước Vĩnh Thành Cao Nguyên Tiến"
    ),
    (
        "Văn Đức Minh Quang Thanh Xuân Ngọc Hữu Công Anh Hoàng Quốc Mạnh Tuấn Thế Đình Trọng Duy Thành Trung"
        " Tiến Hải Việt Huy Tấn Bá Viết Chí Phước Hồng Khắc Vĩnh Trường Như Kim Thái Tùng Sơn Phú Hùng"
    ),
    (
        "Minh Gia Đức Quang Bảo Hoàng Anh Tuấn Duy Nhật Thành Đăng Quốc Hải Văn Khánh Việt Tiến Huy Ngọc Thiên"
        " Phúc Trung Mạnh Công Thanh Hữu Nguyên Tấn Thái Xuân Trường Khôi Bình Đình Trọng An Hưng Phước Nam Lâm"
        " Chí Kiến Tùng Vĩnh Thế Phú Viết Hùng Long"
    ),
)
MALE_GIVEN = (
    (
        "Hùng Dũng Sơn Hải Minh Thắng Bình Thành Cường Hòa Long Tâm Quang Hà Tuấn Ba Hai Bảy Năm Sáu Tư Thọ Lợi"
        " Phúc Lộc Chiến Thanh Chính Trung Toàn Đức Vinh Xuân Tân Khánh Mười Việt An Quý Nghĩa Phương Hưng Nam"
        " Tiến Thái Dần Mão Thìn Tỵ Ngọ Mùi Thân Dậu Tuất Hợi Tý Sửu Chung Hiền Đông Lâm Kỳ Hạnh Hiệp Chức Khoa"
        " Đạo Trọng Khải Nhân Tín Phong Thuận Thịnh Mạnh Chương Điền Liêm Huấn Tường Viên Cảnh Hoan Khiêm Bính"
        " Sinh Đoàn Phú Luận Thụ Đệ Cấp Kế Lương Miền Ước Vượng Lực Rạng Thưởng Út Hồng Vân Bằng Đại Giáp Lưu"
    ),
    (
        "Tuấn Hùng Dũng Cường Hải Thắng Nam Thành Sơn Trung Minh Tùng Long Đức Hiếu Anh Quân Linh Mạnh Phong"
        " Kiên Hưng Bình Việt Tú Thái Tiến Vinh Hoàng Huy Toàn Duy Giang Khánh Quang Đạt Phương Tài Tân Công Vũ"
        " Lâm Quý Trường Chung Trọng Đông Thịnh Sang Phúc Hà Lợi Lộc Hòa Nghĩa Thanh Chiến Duẩn Tâm An Định"
        " Phú Luân Trí Dương Thuận Khoa Nhân Văn Hậu Bách Hiệp Hào Ngọc Thọ Khương Đại Hoan Khải Tín Nhật Chính"
        " Bảo Danh Đoàn Huynh Kha Lực Cảnh Quyết Quyền Thiện Thông Tình Tĩnh Trình Triều Trực Tuyên Ước Viên"
        " Xuân Vương Đăng Bắc Biên Chí Cương Điệp Diện Hiển Hoạt Học Lương Lượng Lý Năm Nguyên Sỹ Vĩnh Tưởng"
    ),
    (
        "Anh Huy Minh Khang Bảo Phúc Khôi Long Đạt Nam Quân Đức Hiếu Kiệt Hưng Khánh Dũng Phong Duy Nguyên Nhân"
        " Tuấn Khoa Thành Kiên Sơn Lâm Hoàng Bình Việt Hải Tùng Cường Trung An Thiên Phát Tài Thịnh Dương Đăng"
        " Vinh Quang Tiến Trí Vũ Hùng Tú Thắng Khải Quốc Tâm Toàn Bách Mạnh Thái Lộc Nghĩa Linh Thiện Hào Hậu"
        " Hiển Luân Nhật Phú Phước Sang Tín Trọng Trường Vương Bin Ân Công Danh Đan Đông Giang Gia Huân Hiệp"
        " Kha Khiêm Lợi Lương Ngọc Quý Quyết Quyền Thuận Thông Triết Tân Uy Văn Đại Định Đoàn Chiến Chương"
    ),
)
FEMALE_MIDDLE = (
    (
        "Thị Thị_Kim Thị_Ngọc Thị_Thu Thị_Minh Kim Thị_Thanh Thị_Bích Ngọc Thị_Xuân Thị_Hồng Thị_Tuyết Thị_Mỹ"
        " Thị_Bé Thu Thị_Lệ Thị_Phương Mỹ Hồng Thị_Mai Bích Tuyết Thanh Thị_Lan Lệ Thị_Diệu Minh Thúy Phương"
    ),
    (
        "Thị Thị_Thu Thị_Thanh Thị_Ngọc Thị_Kim Thị_Hồng Thị_Minh Thị_Bích Thị_Phương Thị_Thúy Thị_Mỹ Thị_Lan"
        " Ngọc Thị_Hải Thu Thanh Thị_Mai Thị_Tuyết Hồng Thị_Hoài Thị_Xuân Thúy Minh Thị_Thùy Kim Thị_Diệu Mỹ"
        " Thị_Cẩm Thị_Huyền Phương Thị_Hà Thị_Như Thị_Vân Bích Thị_Quỳnh Thị_Kiều Hải Thùy Hoài Thị_Khánh Diệu"
        " Thị_Việt Thị_Ánh Thị_Hương Cẩm Kiều Thị_Nhật Quỳnh Thị_Yến Như Thị_Linh Thị_Lệ"
    ),
    (
        "Thị Ngọc Bảo Thanh Minh Khánh Phương Quỳnh Thị_Thu Hà Thị_Ngọc Gia Kim Thảo Anh Tường Hoàng Mai Thị_Thanh"
        " Thùy Linh Diệu Thị_Phương Nhã Như Thu Hồng Thị_Kim Thị_Minh Hải Yến Thị_Hồng Mỹ Thị_Hoài Tuệ Cát Trúc"
        " Ánh Hoài Nguyệt Thị_Quỳnh Thị_Khánh An Thiên Tú Châu Huyền Hương Thị_Bích Thị_Mai Thị_Hà Thị_Thùy"
        " Thị_Như Thị_Ánh Thị_Hải Thị_Diệu Thị_Bảo Uyên Vân Đan Kiều Lan Cẩm Xuân Thị_Yến Thị_Trà Trà Diễm"
    ),
)
FEMALE_GIVEN = (
    (
        "Lan Hoa Hương Thanh Hồng Liên Mai Hà Thủy Nga Loan Bình Tuyết Hạnh Hòa Vân Yến Cúc Minh Xuân Phương"
        " Lý Đào Huệ Thu Nguyệt Lệ Sáu Bảy Năm Tư Hai Ba Tám Chín Mười Út Bé Gái Sen Lành Tình Nết Mận Lựu"
        " Hường Tâm Thơm Thảo Hiền Hợi Tý Sửu Dần Mão Thìn Tỵ Ngọ Mùi Thân Dậu Tuất Oanh Nhàn Nhung Dung Bích"
        " Hằng Chi Kim Ngọc Phượng Lộc Phúc Thọ Lợi Quý Vinh Tịnh Thắm Vui Mùi Thuận Tiến Thoa Hảo Chung Én Gấm"
        " Mơ Nhạn Quế Sâm Tẻo Tòng Vượng Ngoan Luyến Ngần Ngát Khuyên Khánh Diệu Diễm Châu Cẩm Ánh Kiều Hậu"
    ),
    (
        "Hương Thủy Hà Lan Hằng Huyền Trang Linh Thảo Nga Phương Thu Hạnh Hiền Yến Mai Nhung Anh Ngọc Vân Hoa"
        " Hồng Thúy Dung Loan Oanh Tâm Thanh Liên Ngân Trinh Nguyệt Hải Tuyết Huệ Lý Hòa Xuân Duyên Quyên Giang"
        " Hường Bình Uyên Phượng Trâm Nhàn Thương Chi Ánh Minh Tú Thùy My Châu Diễm Cúc Hậu Diệp Trúc Kiều Sương"
        " Thắm Vy Ly Nhi Như Thơ Thoa Tiên Quỳnh Bích Đào Lệ Luyến Mơ Gấm Sen Thơm Vui Tình Tươi Én Khánh"
        " Khuyên Kim Lài Lam Lành Liễu Lụa Mận Mến Miền Nết Ngà Nghĩa Ngoan Phúc Phụng Quế Thêu Thanh Thiện Thư"
        " Thuận Toan Trà Tuyền Tuyến Viên Vinh Xoan Yên Bé Bông Cẩm Chinh Chung Đoan Đông Dịu Hạ Hân Hảo Hiên"
    ),
    (
        "Anh Trang Linh Ngọc Hân Nhi Vy My Chi Hà Thảo Trâm Ngân Phương Như Quỳnh Mai Thư Châu Uyên Vân Yến An"
        " Giang Hương Ly Khánh Huyền Nhung Duyên Trinh Tiên Trúc Thủy Lan Tú Thy Minh Đan Ánh Hằng Diệp Dương"
        " Nga Oanh Hiền Thanh Hạnh Hoa Tâm Băng San Vi Thương Bình Quyên Phúc Kim Đào Xuân Ngà Nguyên Kỳ Lam"
        " Nghi Tường Diễm Thu Thi Tuệ Mỹ Lê Loan Hiếu Hồng Hiên Hòa Đoan Cát Bích Bảo Thùy Trà Mi Miên Mẫn Nhã"
        " Na Ngoan Ny Phượng Sương Tuyền Tuyết Thơ Vàng Viên Yên Di Giao Hảo Huệ Khuê Lệ Liên Lý Nhàn Cúc Hải"
    ),
)
HMONG = {
    "male": "Páo Dơ Dính Chứ Tủa Lử Sùng Vàng Chống Giống Tồng Pó Súa Nhè Chu Dia Sử Chìa Thào Phừ Nủ Lềnh Hồ"
    " Già Vừ Sính Dế Sào Mạnh Dũng Tuấn Khua Xà Lầu Sái Phứ Sò Minh Thắng Trá Khoa Vư Chá Bình Hử Sềnh",
    "female": "Mỷ Dở Chía Sua Dí Mo Pàng Dợ Sông Chư Xua Mai Dua Cở Vá Khua Mái Gàu Chù Sênh Chí Lía Sáy Ca Nếnh"
    " Lan Hoa Say Dung Mỵ Lỳ Chở Xông Cha Pà Dông Nhìa Cáng Sú",
}
THAI = {
    "male": "Hặc Ún Tiêng Ín Thoạn Biên Phanh Pâng Inh Chơn Xôm Én Tưởng Pọm Loan Kiêm Thắng Hùng Hải Nam Minh Dũng"
    " Sơn Thành Cường Hoàng Tuấn Bun Lả Chung Kim Diên Thương Học Sáng Muôn Toản Thanh Hưng Quân Anh Bảo",
    "female": "Pâng Ín Xôm Lả Hặc Ọi Phương Lan Hoa Duyên Hương Thủy Loan Hiền Dung Bun Én Pọm Nguyên Xuân Thu Xoan Biên"
    " Inh Pành Thoa Chung Ngoan Mai Chi Anh Ly Trang Hằng Vui Khuyên Kim Sương Diệp Cương",
}
HIGHLAND = {
    "male": "Blơ Thiên Bhen Krông Suin Djuang Jut Khoa Tuấn Hùng Nam Wôn Phen Luin Gôn Blin Yôsi Đam Kuan Min Thuyên Sang"
    " Tôn Bích Hlim Ngun Chơng Lâm Phôi Phước",
    "female": "Bia Lan Yum Nga Blui Hoa Djuên Mai Rin Nhân Wen Mrao Linh Ngọc Loan Thủy Duôn Kiêng Ruê Phước Nhi Thương My"
    " Trang Yến Lina Ruth Hương Nhung",
}
KHMER = {
    "male": "Sa_Rây Ra Thươl Sô_Phia Sóc_Khol Đa Vi_Sal Thanh Minh Sang Sô_Ri_Da Phi_Rum Chanh Na_Ra Khươl Ri_Thi Sóc Hoàng"
    " Hên Hùng Thi Oanh Sên Dương Lâm Phong Út Khánh Sỹ Vuông",
    "female": "Thị_Ni Thị_Sa_Rây Thị_Sô_Phia Thị_Hương Thị_Lan Thị_Thi Thị_Sa Thị_Chanh Sóc_Kha Thị_Ra Thị_Na_Ry Thị_Phương"
    " Thị_Hồng Thị_Kim Thị_Út Mô_Ni Thị_Đa Ri_Na Thị_Mai Thị_Linh Thị_Ngọc",
}
