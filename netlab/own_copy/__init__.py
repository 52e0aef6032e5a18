"""The learner's own copy: `my_course/`, the notebooks without outputs, and its updates. No part of the lab.

    cells      what a copy looks like, and what it remembers of what the course gave
    merging    a learner's notebook and the course's newest one, as one (pure)
    folders    the whole folder: nothing is written before everything is ready to be written
    locks      two starts at once
    trust      JupyterLab goes on trusting the outputs that it had trusted

`start.py` runs `python -m netlab.own_copy` before it starts JupyterLab.
Each copied notebook says in its own metadata what the course gave, cell by cell. So a notebook that was
renamed, restored from a backup, or saved by a tab that had been open for days is still understood.
"""
