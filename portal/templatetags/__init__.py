"""Which words do the portal's templates share?"""
