"""Files in, findings out: what did a sender's file bring, and what is wrong with it?"""
