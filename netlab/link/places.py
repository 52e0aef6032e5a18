"""Weather that somebody measured, by name: `link.relay(address, link.LTE)`.

Each is one direction: half of the measured round trip, and the rate towards you; `dataclasses.replace` makes
the other direction, or adds loss. Where the source gives no loss, no rate or no queue, there is none here.
"""

from __future__ import annotations

from .model import Link

# -- from your home: to the nearest servers of the measurement

DSL = Link(delay=0.037_05 / 2, rate=5_660_000)
"""A phone line of 2015: 37.05 ms there and back, 5.66 Mbit/s towards you and 0.82 Mbit/s from you.

FCC, 2016 Measuring Broadband America, as Verizon lists it for "3.1-7 Mbps" at
https://www.verizon.com/about/our-company/network-performance
"""

FIBER = Link(delay=0.011_56 / 2, rate=55_410_000)
"""Fiber to the home in 2015: 11.56 ms there and back, 55.41 Mbit/s towards you and 62.90 Mbit/s from you.

FCC, 2016 Measuring Broadband America, as Verizon lists it for "50/50 Mbps" (same page as DSL).
"""

LTE = Link(delay=0.070 / 2, rate=12_000_000)
"""A phone on 4G: 70 ms there and back, 12 Mbit/s both ways.

The profile "LTE" of WebPageTest, www/settings/connectivity.ini.sample at
https://github.com/WPO-Foundation/webpagetest; near the medians of 13 and 6 Mbit/s that Huang et al.
measured with 3000 users (A Close Examination of ... 4G LTE Networks, MobiSys 2012, abstract).
"""

SATELLITE = Link(delay=0.629 / 2, rate=18_750_000)
"""By a geostationary satellite: 629 ms there and back, 18.75 Mbit/s towards you.

Ookla's medians for Viasat in the USA, third quarter of 2021, as reported at
https://advanced-television.com/2021/12/22/starlink-speeds-under-pressure/. The way through space alone
takes 558 ms at the edge of what the satellite sees (RFC 2488, section 2).
"""

STARLINK = Link(delay=0.050 / 2, jitter=0.017, rate=87_250_000)
"""By satellites in a low orbit: 50 ms there and back, half of the time between 40 and 60 ms; 87.25 Mbit/s.

Times: median and quartiles in Belgium in 2022, https://blog.apnic.net/2022/11/28/
fact-checking-starlinks-performance-figures. This jitter on both ways gives these quartiles.
Rate: Ookla's median, from the page named at SATELLITE.
"""

# -- from city to city: 95 of 100 round trips take this long or less
#    https://learn.microsoft.com/azure/networking/azure-network-latency, 30 days to July 30, 2026;
#    where the regions are: https://learn.microsoft.com/azure/reliability/regions-list

BERLIN_FRANKFURT = Link(delay=0.014 / 2)
"""14 ms there and back (Germany North to Germany West Central); 4.2 ms of it is light in 424 km of fiber."""

TRANSATLANTIC = Link(delay=0.080 / 2)
"""London to Virginia: 80 ms there and back (UK South to East US)."""

BERLIN_SYDNEY = Link(delay=0.293 / 2)
"""293 ms there and back (Germany North to Australia East); 161 ms of it is light in 16,100 km of fiber."""
