"""What those who write rules work with: packs, templates, lint."""
