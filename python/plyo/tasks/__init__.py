"""Native tasks: their descriptions, arguments, pictures and single environments."""
