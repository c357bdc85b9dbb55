"""Clients of another system taken into the register under the ids that they have there.

`taking` conducts: it compares what is told with what is stored (`columns`, `children`), asks what is in the way
(`conflicts`), and stores the difference. `groups` finds every category its place.
"""
