"""From the files of a public source, as their authors laid them out, to a pack.

One module a source; each function takes the downloaded files by name, the folder to write into, and the folders of
other packs that it reads. All of them check that they see what they expect, and raise an error where they don't.
"""
