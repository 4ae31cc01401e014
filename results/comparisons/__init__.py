"""Compare stored results: is the difference real?"""
