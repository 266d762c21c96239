"""The branch: the ticket machine's CSV in Spanish style, ``;``, dd/mm/yyyy, decimal comma, Latin letters."""

from __future__ import annotations

import numpy as np

from omnistaff.samples.logs.scene import Scene
from omnistaff.samples.stamps import spanish_local
from omnistaff.samples.traces import full_names, typed_national_id, typed_number
from omnistaff.samples.world import REASONS

HEADINGS = "Turno;Oficina;Ventanilla;Gestión;Llegada;Llamada;Fin;Duración (min);DNI;Cuenta;Teléfono;Nombre;Estado"
SPANISH = {
    "card_lost": "Tarjeta perdida",
    "card_charge": "Cargo en tarjeta",
    "card_pin": "PIN de tarjeta",
    "card_new": "Tarjeta nueva",
    "account_balance": "Saldo",
    "account_transfer": "Transferencia",
    "account_fees": "Comisiones",
    "loan": "Préstamo",
}
NATIONAL_ID_SHARE, ACCOUNT_SHARE, PHONE_SHARE, NAME_SHARE = 0.75, 0.55, 0.45, 0.6
ENCODING = "cp1252"


def write_branch(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Return (positions, ticket numbers) of the branch's contacts; write ``branch/sucursal.csv``."""
    world, rng = scene.world, scene.rng
    rows = world.rows_of("branch")
    arrived = world.contacts.arrived[rows]
    stamps = spanish_local(arrived)
    ids = np.array([f"{at[8:10]}{at[3:5]}{at[:2]}-{k % 1000:03d}" for k, at in enumerate(stamps)])
    called, ended = spanish_local(world.answered[rows]), spanish_local(world.ended[rows])
    left = spanish_local(world.left[rows])
    customer = world.contacts.customer[rows]
    shown = rng.random((4, len(rows))) < np.array([[NATIONAL_ID_SHARE], [ACCOUNT_SHARE], [PHONE_SHARE], [NAME_SHARE]])
    national_id = np.where(shown[0], typed_national_id(world.people, customer, rng), "")
    account = np.where(shown[1], world.people.account[customer].astype(str), "")
    number = typed_number(world.people, customer, arrived, rng)
    phone = [
        f"{n // 1_000_000}-{n // 1000 % 1000:03d}-{n % 1000:03d}" if s else ""
        for n, s in zip(number, shown[2], strict=True)
    ]
    name = np.where(shown[3], full_names(world.people, customer, rng), "")
    lines = [HEADINGS]
    for k, row in enumerate(rows.tolist()):
        served = bool(called[k])
        minutes = f"{world.agent_s[row] / 60:.1f}".replace(".", ",") if served else ""
        reason = SPANISH[REASONS[world.contacts.reason[row]].name]
        desk = scene.agent_id[row] if served else ""
        state = "Atendido" if served else "Abandonado"
        lines.append(
            f"{ids[k]};Sol;{desk};{reason};{stamps[k]};{called[k]};{ended[k] if served else left[k]};{minutes};"
            f"{national_id[k]};{account[k]};{phone[k]};{name[k]};{state}"
        )
    lines.append(f"{ids[-1]}B;Sol;;Saldo;31/02/2026 09:14:02;;;;;;;;Atendido")  # a date that no calendar has
    scene.write_lines("branch/sucursal.csv", lines, encoding=ENCODING)
    return rows, ids
