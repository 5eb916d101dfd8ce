"""The disposal planner: which lawful route for which parcel."""
