"""The notebooks in a real JupyterLab, driven through a real Chromium."""
