"""In a browser: choosing a field shows its bytes, choosing a byte shows its field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from selenium.webdriver import ActionChains, Keys

import dissector
from dissector.notebook import show
from structs import records

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dissector import Exchange

METADATA, PRODUCE = 3, 0
HOSTILE = '<img src=x onerror="window.harmed=1"></script><script>window.harmed=1</script>&quot;"\'><b>'


def marked(browser: Any) -> list[str]:
    """Return what is marked among the bytes: for each row the hex, and the text."""
    return [mark.text for mark in browser.find_elements("css selector", "mark")]


def chosen(browser: Any) -> list[str]:
    return [element.text for element in browser.find_elements("css selector", ".kd-chosen")]


def click_byte(browser: Any, row: Any, index: int) -> None:
    """Click on a byte of a row by where a person sees it."""
    parent = row.find_element("xpath", "..")
    column = int(parent.get_attribute("data-digits")) + 2 + 3 * index + (index >= 8) + 1
    text = browser.execute_script("return arguments[0].textContent", row)
    browser.execute_script("arguments[0].scrollIntoView()", row)
    width = browser.execute_script("return arguments[0].getBoundingClientRect().width", row)
    at = width * column / len(text) - width / 2
    ActionChains(browser).move_to_element_with_offset(row, int(at), 0).click().perform()


def orders(captures: Path, api_name: str) -> Exchange:
    with dissector.open_capture(captures / "orders.pcapng") as capture:
        return next(exchange for exchange in capture if exchange.api_name == api_name and exchange.response)


def test_choosing_a_field_marks_its_bytes(visit: Callable[..., Any], make_exchange: Any) -> None:
    exchange = make_exchange(METADATA, 1, {"topics": [{"name": "orders"}]}, client_id="shop")
    browser = visit(show(exchange).html)
    browser.find_element("xpath", "//span[text()='client_id']/..").click()
    assert marked(browser) == ["00 04 73 68 6f 70", "..shop"]
    browser.find_element("xpath", "//*[@class='kd-line'][contains(., '\"orders\"')]").click()
    assert marked(browser) == ["00 06 6f 72 64 65  72 73", "..orders"]
    assert [text.split("\n")[-1] for text in chosen(browser)] == ['[0] name: "orders"']


def test_choosing_a_byte_shows_its_field(visit: Callable[..., Any], make_exchange: Any) -> None:
    """The innermost one, whatever has to be opened for that."""
    exchange = make_exchange(METADATA, 1, {"topics": [{"name": "orders"}]}, client_id="shop")
    browser = visit(show(exchange).html)
    browser.execute_script("for (const d of document.querySelectorAll('details')) d.open = false")
    row = browser.find_elements("css selector", ".kd-row")[1]
    click_byte(browser, row, 5)
    assert marked(browser) == ["00 06 6f 72 64 65  72 73", "..orders"]
    (field,) = browser.find_elements("css selector", ".kd-chosen")
    assert field.is_displayed()
    assert field.text.endswith('name: "orders"')


def test_arrows_go_from_field_to_field(visit: Callable[..., Any], make_exchange: Any) -> None:
    browser = visit(show(make_exchange(METADATA, 1, {"topics": []}, client_id="shop")).html)
    browser.find_element("xpath", "//span[text()='request_api_key']/..").click()
    browser.find_element("css selector", ".kd-tree").send_keys(Keys.ARROW_DOWN)
    assert marked(browser) == ["00 01", ".."]
    browser.find_element("css selector", ".kd-tree").send_keys(Keys.ARROW_UP, Keys.ARROW_UP)
    assert chosen(browser)[0].endswith("header")


def test_compressed_records_have_bytes_of_their_own(visit: Callable[..., Any], captures: Path) -> None:
    browser = visit(show(orders(captures, "Produce")).html)
    browser.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
    label = browser.find_elements("css selector", ".kd-label")[0].text
    assert "decompressed" in label
    key = browser.find_element("xpath", "//span[contains(text(), 'key ')]/following-sibling::span[1]")
    content = key.text.strip('"')
    key.click()
    assert content in "".join(marked(browser)[1::2])
    buffer = browser.find_element("css selector", "mark").find_element("xpath", "ancestor::*[@data-buffer]")
    assert buffer.get_attribute("data-buffer") != "0"


def test_every_field_of_a_real_exchange_marks_as_many_bytes_as_it_has(
    visit: Callable[..., Any], captures: Path
) -> None:
    browser = visit(show(orders(captures, "Fetch")).html)
    wrong = browser.execute_script("""
        const wrong = [];
        for (const message of document.querySelectorAll(".kd-message")) {
            for (const field of message.querySelectorAll(".kd-tree [data-bytes]")) {
                field.click();
                const [buffer, start, stop] = field.dataset.bytes.split(":").map(Number);
                const marks = [...message.querySelectorAll("mark")].filter((mark, index) => index % 2);
                const count = marks.reduce((sum, mark) => sum + mark.textContent.length, 0);
                if (count !== stop - start) wrong.push([field.textContent, count, stop - start]);
            }
        }
        return wrong;
    """)
    assert wrong == []


def test_several_views_on_a_page_do_not_disturb_one_another(visit: Callable[..., Any], make_exchange: Any) -> None:
    """The same exchange in two cells: each answers for itself."""
    exchange = make_exchange(METADATA, 1, {"topics": [{"name": "orders"}]}, client_id="shop")
    browser = visit(show(exchange).html, show(exchange).html)
    first, second = browser.find_elements("css selector", ".kafka-dissector")
    second.find_element("xpath", ".//span[text()='client_id']/..").click()
    assert first.find_elements("css selector", "mark, .kd-chosen") == []
    assert len(second.find_elements("css selector", "mark")) == 2


def test_hostile_text_stays_text(visit: Callable[..., Any], make_exchange: Any) -> None:
    """Names, client ids, keys, values and headers come from the wire: none becomes markup."""
    batch = records.build_batch([records.Record(0, 5, HOSTILE.encode(), HOSTILE.encode(), ((HOSTILE, b"</div>"),))])
    body = {"acks": 1, "topic_data": [{"name": HOSTILE, "partition_data": [{"index": 0, "records": batch}]}]}
    exchange = make_exchange(PRODUCE, 9, body, {}, client_id=HOSTILE)
    exchange.topic_names = {"x": HOSTILE}
    browser = visit(show(exchange).html, show([exchange]).html, show(exchange.request).html)
    assert browser.execute_script("return window.harmed") is None
    assert browser.find_elements("css selector", "img, b, .kafka-dissector script script") == []
    assert HOSTILE in browser.find_element("css selector", ".kd-head").text


def test_text_is_legible_on_light_and_on_dark(visit: Callable[..., Any], make_exchange: Any) -> None:
    """Every tone keeps a contrast of 3 against the page, whatever that is, and text one of 4.5 (WCAG)."""
    exchange = make_exchange(METADATA, 1, {"topics": [{"name": "orders"}]}, {"topics": [{"error_code": 5}]})
    for style in ("background: #fff; color: #111", "background: #111; color: #eee"):
        browser = visit(show(exchange).html, style=style)
        ratios = browser.execute_script(_CONTRASTS)
        assert min(ratios.values()) >= 3, ratios
        assert ratios["kd-tree"] >= 4.5


_CONTRASTS = """
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const rgb = (color) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const luminance = (color) => {
        const [r, g, b] = rgb(color).map((part) => part / 255)
            .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const page = luminance(getComputedStyle(document.body).backgroundColor);
    const ratios = {};
    for (const tone of ["kd-tree", "kd-field", "kd-meaning", "kd-client", "kd-error", "kd-strong"]) {
        const element = document.querySelector("." + tone);
        if (!element) continue;
        const own = luminance(getComputedStyle(element).color);
        ratios[tone] = (Math.max(own, page) + 0.05) / (Math.min(own, page) + 0.05);
    }
    return ratios;
"""
