"""The demo province: Điện Biên with its real communes, and people who do not exist."""
