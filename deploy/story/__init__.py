"""The demonstration's story: story.toml tells it, script.py reads it, player.py plays it by session.py."""
