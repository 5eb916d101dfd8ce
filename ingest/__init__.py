"""The only door for foreign bytes: unpack, identify, decode, place, map fields, check, passport."""
