"""What each notebook asks for, a package or module a paper: crystals and networks, what they are asked, and what is made of the answers."""
