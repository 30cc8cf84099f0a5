"""What is written: measurings of data quality."""
