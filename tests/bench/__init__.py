"""`make bench`: what the gateway costs beside the bare framework and beside what people would write instead."""
