"""Pictures to point at and to zoom: for some kinds of picture a second function, of the same data and options, that plotly draws.

They show what a still picture has no room for: which crystal a point is, how many crystals a bin holds, the value of an element.
`recryst.figures.style.explored_with` gives a drawing function its second one, as its attribute ``interactive``.
"""
