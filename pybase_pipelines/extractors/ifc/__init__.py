"""Building models: IFC as STEP physical files, plain or packed (ifcZIP, gzip)."""
