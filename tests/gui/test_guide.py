"""The guide: its pages are there and can be read, links lead on, and a picture fits."""

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QListWidget, QWidget

from gui import guide
from gui.guide import Guide, Page


@pytest.fixture
def shown(qtbot, appearance):
    made = Guide(appearance)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def page_of(shown):
    return shown.findChild(Page)


def titles_of(shown):
    return shown.findChild(QListWidget, "guideTitles")


def test_every_page_is_there_and_begins_with_a_heading(shown):
    titles, page = titles_of(shown), page_of(shown)
    assert titles.count() >= 6
    assert guide.is_here()
    for row in range(titles.count()):
        titles.setCurrentRow(row)
        assert page.document().firstBlock().blockFormat().headingLevel() == 1
        assert page.document().blockCount() > 10
        assert page.verticalScrollBar().value() == 0


def test_a_link_leads_to_another_page_whose_title_is_then_chosen(shown):
    titles, page = titles_of(shown), page_of(shown)
    page.setSource(page.source().resolved(QUrl("training.md")))
    assert titles.currentItem().text() == "Training"
    assert "training.md" in page.source().path()

    page.backward()
    assert titles.currentItem().text() == "The canvas"


def test_another_theme_keeps_the_place(shown, appearance):
    titles, page = titles_of(shown), page_of(shown)
    titles.setCurrentRow(2)
    page.verticalScrollBar().setValue(300)
    appearance.choose("light" if appearance.theme.name == "dark" else "dark")
    assert page.verticalScrollBar().value() == 300
    assert page.document().firstBlock().blockFormat().headingLevel() == 1


def test_a_picture_fits_into_the_page(shown):
    page = page_of(shown)
    titles_of(shown).setCurrentRow(titles_of(shown).count() - 1)
    kind = QTextDocument.ResourceType.ImageResource.value
    assert 300 < page.loadResource(kind, QUrl("pictures/growth.png")).width() < page.viewport().width()


def test_it_is_opened_once(qtbot, appearance):
    window = QWidget()
    qtbot.addWidget(window)
    guide.show(window, appearance)
    guide.show(window, appearance)
    assert len(window.findChildren(Guide)) == 1


def test_without_its_pages_it_is_not_offered(tmp_path, monkeypatch):
    monkeypatch.setattr(guide, "PAGES", tmp_path)
    assert not guide.is_here()
