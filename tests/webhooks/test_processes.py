"""Delivery by several processes, and by one that dies over it."""

import time

from tests.drivers import new_company
from tests.process import GatewayProcess
from tests.register.arranging import eventually
from tests.scale.fleet import fleet_of
from tests.server import serving
from tests.webhooks.conftest import listed, subscribed

SETTINGS = {"webhook_timeout_seconds": 1, "webhook_retry_seconds": 0.05, "housekeeping_seconds": 0.05}


def test_two_processes_deliver_each_message_once_and_in_order(engine, new_register, tmp_path, receiver, other_receiver):
    unhurried = SETTINGS | {"webhook_timeout_seconds": 60}  # one that is late would rightly be sent again
    with fleet_of(2, new_register(engine), tmp_path, **unhurried) as fleet:
        hooks = [subscribed(fleet.companies[0], inbox) for inbox in (receiver, other_receiver)]
        count = 12
        for n in range(count):
            fleet.companies[n % 2].new_v1(name=f"{n}")
        for hook, inbox in zip(hooks, (receiver, other_receiver), strict=True):
            inbox.waited_for(count)
            assert eventually(lambda: all(each["ended_at"] for each in listed(fleet.companies[0])))
            assert [each.opened(hook["secret"])["data"]["name"] for each in inbox.requests] == [
                f"{n}" for n in range(count)
            ]
            assert inbox.url not in fleet.log


def test_the_messages_of_a_killed_process_are_delivered_after_a_restart(engine, new_register, tmp_path, receiver):
    receiver.answers = [sleeping_for_long]
    patient = SETTINGS | {"webhook_timeout_seconds": 5}  # it is killed long before it gives up its first attempt
    with GatewayProcess(new_register(engine), tmp_path, **patient) as gateway, gateway.served() as server:
        company = new_company(server)
        hook = subscribed(company, receiver)
        company.new_v1(name="Acme")
        receiver.waited_for(1)
        gateway.kill()
        assert listed(company)[0]["ended_at"] == 0
        gateway.start()
        first, again = receiver.waited_for(2)
        assert first.message_id == again.message_id
        assert again.opened(hook["secret"])["data"]["name"] == "Acme"
        assert eventually(lambda: listed(company)[0]["ended_at"] > 0)
        company.close()


def test_a_process_that_stops_releases_its_messages(engine, new_register, tmp_path, receiver):
    receiver.answers = [sleeping_for_long]
    url, patient = new_register(engine), SETTINGS | {"webhook_timeout_seconds": 300}
    with serving(url, tmp_path, **patient) as server:
        company = new_company(server)
        subscribed(company, receiver)
        company.new_v1()
        receiver.waited_for(1)
        company.close()
    with serving(url, tmp_path, **patient):
        receiver.waited_for(2)  # long before the lease would have ended


def sleeping_for_long(_handler):
    time.sleep(60)
