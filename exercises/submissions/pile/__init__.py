"""What's in the pile of submissions: whose file it is, and what's in the archives.

    archives   starts the process that reads archives, and gives up on it when it takes too long
    names      finds out whose file it is, from the names that learning platforms and people give
    unpack     the program of that process: reads archives, within limits
"""
