"""Reading and writing: files in, a Network or a Scenario out, and back.

bundle      a folder or a zip as named bytes, with limits; a new folder or zip put in place whole
text        bytes as UTF-8 text, or why not
tables      CSV text as a typed frame by `model.tables`, and back
layers      GeoJSON
package     the data package: all of it read, checked, written
descriptor  datapackage.json (Frictionless) made from `model.tables`
scenarios   YAML 1.2 files of scenarios, and back; nodes: text with its lines and columns, within limits; fields: nodes as values
shipped     where the network that comes with the library is
datum       a stated datum to WGS84
Knows model. Must not know routing."""

from commute.io.package import read_network, validate, write_network
from commute.io.scenarios import read_scenario, write_scenario

__all__ = ["read_network", "read_scenario", "validate", "write_network", "write_scenario"]
