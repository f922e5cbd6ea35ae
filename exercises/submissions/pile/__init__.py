"""What's in the pile of submissions: whose file it is, and what's in the archives.

    sorting    sorts the pile: whose each file is, and what isn't sure about that
    layouts    the table of how platforms name submissions
    names      what the names that people give tell
    metadata   what platforms say about submissions in files of their own
    dates      when something was submitted, and which notebook is the newest
    others     what can't be graded, and what to do about it
    files      the files in folders and in the archive of a class
    archives   starts the process that reads archives, and gives up on it when it takes too long
    unpack     the program of that process: reads archives, within limits
"""
