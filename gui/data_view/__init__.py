"""Looking at data: its rows, sorted and filtered, beside what is known of all of them. The engine process does it."""

from gui.data_view.view import DataView as DataView
