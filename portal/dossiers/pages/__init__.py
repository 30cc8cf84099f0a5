"""Pages of administrative procedures: for applicants without a login, and for officials."""
