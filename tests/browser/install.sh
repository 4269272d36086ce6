#!/bin/sh
# The browser tests need a real Chromium, a real Firefox and a font with Chinese characters; Debian has all three.
missing=""
command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="chromium"
command -v firefox-esr >/dev/null 2>&1 || command -v firefox >/dev/null 2>&1 || missing="$missing firefox-esr"
fc-list :lang=zh 2>/dev/null | grep -q . || missing="$missing fonts-noto-cjk"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "安装测试要用的浏览器和字体：$missing"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends $missing fontconfig >/dev/null && exit 0
fi
echo "浏览器测试还缺：$missing" >&2
echo "Debian 上先运行：sudo apt-get install $missing" >&2
exit 1
